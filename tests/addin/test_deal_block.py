"""The one parser of the deal block."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings

from addin.deal_block import DEFAULT_SOURCE, parse_deal
from addin.deal_layout import layout
from kmv_core.vocabulary.errors import KmvError
from tests.random_deals import deals


@settings(max_examples=100, deadline=None)
@given(deal=deals())
def test_a_deal_laid_out_and_parsed_is_the_same_deal(deal):
    assert parse_deal(layout(deal, {}).block).deal == deal


def test_sources_and_assumptions_survive(example, block):
    again = parse_deal(block.block)
    assert again.sources == example.sources
    assert [(each.name, each.source) for each in again.assumptions] == [
        (each.name, each.source) for each in example.assumptions
    ]
    assert len(again.assumptions) == 23


def test_order_of_sections_and_keys_is_free(block):
    starts = [i for i, row in enumerate(block.rows) if str(row[0]).startswith("[")]
    sections = [block.rows[a:b] for a, b in zip(starts, [*starts[1:], len(block.rows)], strict=True)]
    shuffled = [row for section in reversed(sections) for row in section]
    assert parse_deal(shuffled).deal == parse_deal(block.rows).deal


def test_what_is_left_out_takes_a_default_that_is_named_as_assumed(block, deal):
    row, _ = block.cells["model", "target_pd"]
    rows = [each for i, each in enumerate(block.rows) if i != row]
    found = parse_deal(rows)
    assert found.deal.model == dataclasses.replace(deal.model, target_pd=0.01)
    assert ("target_pd", DEFAULT_SOURCE) in [(each.name, each.source) for each in found.assumptions]


def test_an_unknown_key_names_the_nearest(block):
    rows = [["recovery_ratio" if cell == "recovery_rate" else cell for cell in row] for row in block.rows]
    with pytest.raises(KmvError) as caught:
        parse_deal(rows)
    assert {each.code for each in caught.value.problems} == {"E202", "E204"}
    assert any("recovery_rate" in each.en for each in caught.value.problems if each.code == "E204")


def test_an_unknown_and_a_repeated_section(block):
    with pytest.raises(KmvError) as caught:
        parse_deal([*block.rows, ["[trigger]"], ["[pool]"]])
    assert [each.code for each in caught.value.problems] == ["E204", "E203"]


def test_an_empty_block_names_what_is_missing():
    with pytest.raises(KmvError) as caught:
        parse_deal([["", None]])
    assert {each.code for each in caught.value.problems} == {"E202", "E227"}


@pytest.mark.parametrize(
    "field", [("fees", 0, "rate"), ("tranches", 1, "coupon"), ("appetite", 0, "pd_limit"), ("shocks", 0, "shock_1")]
)
def test_errors_in_tables_stand_at_their_cell(field, block):
    rows = [list(row) for row in block.rows]
    row, column = block.cells[field]
    rows[row][column] = "abc"
    with pytest.raises(KmvError) as caught:
        parse_deal(rows, lambda r, c: f"{r}:{c}")
    assert (caught.value.code, caught.value.problems[0].where) == ("E212", f"{row}:{column}")


def test_a_vector_stands_in_for_the_decay(block, deal):
    rows = [row for row in block.rows if row[0] not in ("decay_rate", "decay_shape", "[recovery_curve]", "years")]
    vector = [["[recovery_curve]"], ["years", "share", "source"], [1, 0.6, "assumed: ours"], [3, "100%"]]
    found = parse_deal([*rows, *vector])
    assert found.deal.recovery == dataclasses.replace(
        deal.recovery, decay_rate=None, decay_shape=None, curve=((1.0, 0.6), (3.0, 1.0))
    )
    assert not {"decay_rate", "decay_shape"} & {each.name for each in found.assumptions}
    assert [each.where for each in found.assumptions if each.source == "assumed: ours"] != []
    with pytest.raises(KmvError) as caught:
        parse_deal(rows)
    assert [each.code for each in caught.value.problems] == ["E202", "E202"]


def test_a_fault_of_the_vector_stands_at_its_cell(block):
    rows = [row for row in block.rows if row[0] not in ("[recovery_curve]", "years")]
    with pytest.raises(KmvError) as caught:
        parse_deal([*rows, ["[recovery_curve]"], ["years", "share"], [1, 0.6], [3, 0.5]], lambda r, c: f"{r}:{c}")
    last = len(rows) + 3
    assert [(each.code, each.where) for each in caught.value.problems if each.is_error] == [
        ("E271", f"{last}:1"),
        ("E272", f"{last}:1"),
    ]
