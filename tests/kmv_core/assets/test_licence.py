"""Expected licence cash by date, and what the contracts are refused for."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import pytest

from kmv_core.assets.licence import LicenceContract, check_licences, licence_cash
from kmv_core.vocabulary.errors import KmvError

ONE = LicenceContract(
    licensee="A",
    fee_dates=(0.5, 1.5, 2.5),
    fee_amounts=(100.0, 110.0, 120.0),
    probability_of_default=0.04,
    lgd=0.5,
    asset_correlation=0.2,
    patent_expiry=1.5,
)
TWO = replace(ONE, licensee="B", fee_dates=(2.0, 0.5), fee_amounts=(30.0, 20.0), lgd=1.0, patent_expiry=None)


def test_cash_by_date():
    found = licence_cash(contracts=[ONE, TWO])
    assert found.dates.tolist() == [0.5, 1.5, 2.0]
    assert found.contractual.tolist() == [120.0, 110.0, 30.0]
    assert found.expected == pytest.approx([98 + 19.2, 107.8, 28.8], rel=1e-14)
    assert found.accumulated == pytest.approx([117.2, 225.0, 253.8], rel=1e-14)
    assert (ONE.amount_due, ONE.amount_lapsed, ONE.loss) == (210.0, 120.0, 105.0)
    assert (TWO.amount_due, TWO.amount_lapsed) == (50.0, 0.0)


def test_nothing_due():
    found = licence_cash(contracts=[replace(ONE, patent_expiry=0.0)])
    assert found.dates.size == found.accumulated.size == 0


def test_contracts_are_frozen():
    with pytest.raises(FrozenInstanceError):
        ONE.lgd = 0.1


@pytest.mark.parametrize(
    ("change", "code", "told"),
    [
        ({"probability_of_default": 3.0}, "E226", "for 3 % enter 0.03"),
        ({"lgd": -0.1}, "E226", "lgd"),
        ({"asset_correlation": 1.1}, "E226", "asset_correlation"),
        ({"asset_correlation": float("nan")}, "E226", "asset_correlation"),
        ({"patent_expiry": -1.0}, "E226", "patent_expiry"),
        ({"fee_amounts": (100.0, -1.0, 3.0)}, "E226", "A, fee 2"),
        ({"fee_dates": (float("inf"), 1.0, 3.0)}, "E226", "A, fee 1"),
        ({"fee_dates": (1.0, 2.0)}, "E217", "2 fee_dates, 3 fee_amounts"),
    ],
)
def test_refusals(change, code, told):
    with pytest.raises(KmvError) as refused:
        licence_cash(contracts=[replace(ONE, **change), TWO])
    assert refused.value.code == code
    assert told in str(refused.value)


def test_one_licensee_has_one_probability():
    found = check_licences([ONE, replace(TWO, licensee="A", probability_of_default=0.1)])
    assert [each.code for each in found] == ["E203"]
    assert "0.04 and 0.1" in found[0].en


def test_every_problem_is_told():
    wrong = replace(ONE, licensee="", lgd=2.0, asset_correlation=-1.0)
    found = check_licences([TWO, wrong])
    assert [each.where for each in found] == ["row 2", "row 2"]
    assert [each.field for each in found] == [("licences", 1, "lgd"), ("licences", 1, "asset_correlation")]
