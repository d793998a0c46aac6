"""Random deals for laws that hold for every deal."""

from __future__ import annotations

import datetime as dt
import itertools

from hypothesis import strategies as st

from kmv_core.assets.recovery import Recovery
from kmv_core.deal.deal import Appetite, Deal, Fee, Model, Pool, Reserve, ShockSet, Tranche

SHOCKS = {
    ("issue_size", "relative"): (-0.1, 0.0, 0.1),
    ("issue_size", "absolute"): (-1.0, 0.0, 3.0),
    ("coupon", "relative"): (-0.2, 0.0, 0.5),
    ("coupon", "absolute"): (0.0, 0.01),
    ("recovery_rate", "relative"): (-0.2, 0.0, 0.3),
    ("recovery_rate", "absolute"): (-0.02, 0.0, 0.02),
    ("maturity", "relative"): (-0.2, 0.0, 0.5),
    ("maturity", "absolute"): (-0.25, 0.0, 1.0),
    ("volatility", "relative"): (-0.2, 0.0, 0.2),
    ("volatility", "absolute"): (-0.02, 0.0, 0.1),
}
CLOSING = dt.date(2024, 3, 20)


@st.composite
def recoveries(draw: st.DrawFn) -> Recovery:
    """A decay curve or, now and then, a vector; now and then later and less."""
    # Eight decimals: dust of 1e-200 is no share, and a sheet's differences of shares lose it.
    share = st.floats(0.0, 1.0).map(lambda each: round(each, 8))
    steps = draw(st.one_of(st.just([]), st.lists(st.tuples(st.floats(0.05, 2.0), share), max_size=8)))
    years, shares = (list(itertools.accumulate(each)) for each in (zip(*steps, strict=True) if steps else ([], [])))
    has_curve = bool(shares) and shares[-1] > 0.01
    curve = tuple((year, share / shares[-1]) for year, share in zip(years, shares, strict=True)) if has_curve else ()
    return Recovery(
        recovery_rate=draw(st.floats(0.05, 1.0)),
        disposal_cost=draw(st.floats(0.0, 0.5)),
        recovery_horizon=years[-1] if has_curve else draw(st.floats(0.5, 6.0)),
        decay_rate=None if has_curve else draw(st.floats(0.05, 5.0)),
        decay_shape=None if has_curve else draw(st.floats(0.3, 3.0)),
        delay=draw(st.one_of(st.just(0.0), st.floats(0.0, 1.5))),
        haircut=draw(st.one_of(st.just(0.0), st.floats(0.0, 0.5))),
        curve=curve,
    )


@st.composite
def deals(draw: st.DrawFn) -> Deal:
    """One to four tranches, any fees and reserve, any dates a real deal could have."""
    payments = draw(st.sampled_from([1, 2, 4, 12]))
    first = CLOSING + dt.timedelta(days=draw(st.integers(5, 200)))
    legal = first + dt.timedelta(days=draw(st.integers(0, 1500)))
    sizes = draw(st.lists(st.floats(10.0, 1e5), min_size=1, max_size=4))
    tranches = tuple(
        Tranche(
            tranche=f"T{i + 1}",
            rank=i + 1,
            balance=size,
            coupon=draw(st.one_of(st.just(0.0), st.floats(0.001, 0.2))),
            fixed_return=draw(st.one_of(st.just(0.0), st.floats(0.01, 0.15))),
            expected_maturity=CLOSING + dt.timedelta(days=draw(st.integers(1, (legal - CLOSING).days))),
        )
        for i, size in enumerate(sizes)
    )
    total = sum(each.balance for each in tranches)
    # Eight decimals, as a fee is written: dust of 1e-70 is no fee, and spreadsheet programs add it up to zero.
    rates = {
        basis: st.floats(0.0, most).map(lambda rate: round(rate, 8))
        for basis, most in (("collections", 0.2), ("outstanding", 0.03), ("fixed", total * 0.01))
    }
    bases = draw(st.lists(st.sampled_from(list(rates)), max_size=4))
    fees = tuple(Fee(fee=f"fee {i}", basis=basis, rate=draw(rates[basis])) for i, basis in enumerate(bases))
    return Deal(
        name="随机 random",
        code="R",
        originator="-",
        asset_type="consumer_loan",
        money_unit="CNY",
        closing_date=CLOSING,
        first_payment_date=first,
        payments_per_year=payments,
        legal_maturity=legal,
        collection_lag=draw(st.integers(0, 40)),
        issue_size=total,
        pool=Pool(
            pool_balance=total * draw(st.floats(1.0, 8.0)),
            cutoff_date=CLOSING - dt.timedelta(days=draw(st.integers(0, 200))),
        ),
        recovery=draw(recoveries()),
        tranches=tranches,
        fees=fees,
        model=Model(
            total_volatility=draw(st.floats(0.03, 0.8)),
            form=draw(st.sampled_from(["lognormal", "linear", "log_drift", "student"])),
        ),
        reserve=Reserve(
            reserve_multiple=draw(st.sampled_from([0.0, 1.0, 2.5])),
            reserve_initial=draw(st.sampled_from([0.0, total * 0.02])),
        ),
        appetite=(Appetite(grade="low", pd_limit=0.01), Appetite(grade="high", pd_limit=0.3)),
        shocks=tuple(
            ShockSet(factor=factor, mode=mode, shocks=SHOCKS[factor, mode])
            for factor in dict.fromkeys(name for name, _ in SHOCKS)
            for mode in [draw(st.sampled_from(["relative", "absolute"]))]
        ),
    )
