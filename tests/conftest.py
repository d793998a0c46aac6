from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from addin.deal_block import ParsedDeal
from addin.deal_layout import Layout, layout
from addin.deals import example_deal
from addin.report.build import report_bytes
from addin.template.build import template_bytes
from addin.workbook.read import DealFile, read_deal_file
from kmv_core.deal.deal import Deal
from kmv_core.risk.assess import Assessment, assess

# Where a build must give the same answer twice, the same examples; everywhere else, new ones at every run.
settings.register_profile("same_examples", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("same_examples")


@pytest.fixture(scope="session")
def example() -> ParsedDeal:
    return example_deal("21jianxin08")


@pytest.fixture(scope="session")
def deal(example: ParsedDeal) -> Deal:
    return example.deal


@pytest.fixture(scope="session")
def block(example: ParsedDeal) -> Layout:
    return layout(example.deal, example.sources)


@pytest.fixture(scope="session")
def assessment(deal: Deal) -> Assessment:
    return assess(deal)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "21jianxin08.xlsx"
    path.write_bytes(template_bytes("21jianxin08"))
    return path


@pytest.fixture(scope="session")
def deal_file(template: Path) -> DealFile:
    return read_deal_file(template)


@pytest.fixture(scope="session")
def report(deal_file: DealFile, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.xlsx"
    path.write_bytes(report_bytes(deal_file).data)
    return path
