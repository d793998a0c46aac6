"""The band of PD from an uncertain volatility: quantiles against simulation-free referees, the mean against mpmath."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kmv_core.structural.band import probability_band
from kmv_core.structural.merton import probability_of_default
from kmv_core.vocabulary.errors import KmvError

LEVELS = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)


def log_error(relative: float) -> mpmath.mpf:
    return mpmath.sqrt(mpmath.log((1 + mpmath.sqrt(1 + 4 * mpmath.mpf(relative) ** 2)) / 2))


def share_at_or_below(level: float, ratio: float, s: float, error: float) -> float:
    """P(PD <= level), by the two volatilities at which PD is that level (M1), in sixty digits."""
    with mpmath.workdps(60):
        k, tau = mpmath.log(mpmath.mpf(ratio)), log_error(mpmath.mpf(error) / mpmath.mpf(s))
        z = -mpmath.sqrt(2) * mpmath.erfinv(2 * mpmath.mpf(level) - 1)
        middle = mpmath.sqrt(max(z * z + 2 * k, 0))

        def below(w: mpmath.mpf) -> mpmath.mpf:
            return mpmath.ncdf(mpmath.log(w / s) / tau) if w > 0 else mpmath.mpf(0)

        return float(below(-z + middle) - (below(-z - middle) if k < 0 else 0))


@settings(deadline=None)
@given(
    ratio=st.one_of(st.floats(0.3, 4.0), st.floats(0.99, 1.01)),
    s=st.floats(0.05, 2.0),
    relative=st.floats(0.02, 2.0),
)
def test_quantiles_leave_their_share_below(ratio, s, relative):
    error = relative * s
    found = probability_band(
        asset_value=ratio, default_point=1, asset_volatility=s, volatility_se=error, quantiles=LEVELS
    )
    assert (np.diff(found.band) >= 0).all()
    for level, each in zip(LEVELS, found.band, strict=True):
        if 1e-30 < each < 1 - 1e-5:
            # A band a hair wide near the turning point: its own last bit is worth this much of the share.
            inside = share_at_or_below(float(each) * (1 - 1e-12), ratio, s, error) - 1e-9
            beyond = share_at_or_below(float(each) * (1 + 1e-12), ratio, s, error) + 1e-9
            assert inside <= level <= beyond


@pytest.mark.parametrize(
    ("ratio", "s", "relative"),
    [
        (1.25, 0.2, 0.25),
        (0.8, 0.2, 0.25),
        (0.8, 0.668, 0.25),
        (0.8, 2.0, 0.8),
        (1.0, 0.3, 0.5),
        (13.836, 0.03942241577968219, 0.11884582962053991),
        (18.68, 0.02389487919681233, 0.0614316858824947),
        (3.0, 0.05, 1.5),
        (1000.0, 1.0, 1.0),
        (0.05, 0.05, 0.5),
    ],
)
def test_mean_against_mpmath(ratio, s, relative):
    error = relative * s
    with mpmath.workdps(30):
        k, tau = mpmath.log(mpmath.mpf(ratio)), log_error(mpmath.mpf(error) / mpmath.mpf(s))

        def weighted(x: mpmath.mpf) -> mpmath.mpf:
            w = s * mpmath.exp(tau * x)
            return mpmath.ncdf(-(k / w - w / 2)) * mpmath.npdf(x)

        expected = float(mpmath.quad(weighted, [mpmath.mpf(i) / 4 for i in range(-52, 165)], maxdegree=4))
    found = probability_band(asset_value=ratio, default_point=1, asset_volatility=s, volatility_se=error)
    assert float(found.mean) == pytest.approx(expected, rel=1e-12)


@given(ratio=st.floats(1.0, 5.0), s=st.floats(0.05, 1.5), relative=st.floats(0.0, 2.0), m=st.floats(0.0, 0.3))
def test_the_median_is_the_point_where_probability_rises_with_volatility(ratio, s, relative, m):
    found = probability_band(
        asset_value=ratio, default_point=1, asset_volatility=s, volatility_se=relative * s, drift=m, horizon=2.0
    )
    low, middle, high = found.band
    assert float(middle) == pytest.approx(float(found.probability_of_default), rel=1e-11)
    assert low <= middle <= high


def test_a_pool_under_water_has_a_band_on_both_sides_of_its_turning_point():
    """At the turning volatility PD is at its minimum: every other volatility is worse, so the whole band lies above."""
    turn = float(np.sqrt(2 * np.log(1.25)))
    found = probability_band(asset_value=80, default_point=100, asset_volatility=turn, volatility_se=0.2)
    assert (found.band > found.probability_of_default).all()
    assert found.mean > found.probability_of_default
    naive = probability_of_default(
        asset_value=80, default_point=100, asset_volatility=turn * np.exp(np.array([-1.645, 1.645]) * 0.28)
    )
    assert found.band[0] < naive.min()


def test_against_draws():
    rng = np.random.default_rng(7)
    tau = float(log_error(0.4))
    for owned in (130.0, 80.0):
        drawn = probability_of_default(
            asset_value=owned, default_point=100, asset_volatility=0.5 * np.exp(tau * rng.standard_normal(400_000))
        )
        found = probability_band(asset_value=owned, default_point=100, asset_volatility=0.5, volatility_se=0.2)
        assert found.band == pytest.approx(np.quantile(drawn, found.quantiles), abs=1.5e-3)
        assert float(found.mean) == pytest.approx(drawn.mean(), abs=4 * drawn.std() / np.sqrt(drawn.size))


def test_the_error_is_the_standard_deviation_of_the_volatility():
    tau = float(log_error(0.4))
    assert np.exp(tau**2 / 2) * np.sqrt(np.expm1(tau**2)) == pytest.approx(0.4, rel=1e-14)


@given(ratio=st.floats(0.2, 5.0), s=st.floats(0.05, 3.0), error=st.sampled_from([0.0, 1e-300, 1e-14]))
def test_a_certain_volatility_gives_the_point(ratio, s, error):
    found = probability_band(asset_value=ratio, default_point=1, asset_volatility=s, volatility_se=error)
    point = float(found.probability_of_default)
    assert found.band == pytest.approx([point] * 3, rel=1e-9, abs=1e-300)
    assert float(found.mean) == pytest.approx(point, rel=1e-12, abs=1e-300)


@given(scale=st.sampled_from([1e-6, 1e6]), ratio=st.floats(0.3, 3.0))
def test_amounts_scale_away(scale, ratio):
    one = probability_band(asset_value=ratio, default_point=1, asset_volatility=0.3, volatility_se=0.1)
    other = probability_band(asset_value=ratio * scale, default_point=scale, asset_volatility=0.3, volatility_se=0.1)
    assert other.band == pytest.approx(one.band, rel=1e-10)
    assert float(other.mean) == pytest.approx(float(one.mean), rel=1e-10)


def test_shapes():
    found = probability_band(
        asset_value=[[90.0], [100.0]],
        default_point=[70.0, 80.0, 120.0],
        asset_volatility=0.2,
        volatility_se=0.05,
        quantiles=(0.1, 0.9),
    )
    assert found.band.shape == (2, 3, 2)
    assert found.mean.shape == found.probability_of_default.shape == (2, 3)
    single = probability_band(asset_value=2, default_point=1, asset_volatility=0.2, volatility_se=0.05, quantiles=0.5)
    assert single.band.shape == (1,)
    assert np.ndim(single.mean) == 0


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"volatility_se": -0.1}, "E223"),
        ({"volatility_se": 6.0}, "E223"),
        ({"quantiles": [0.05, 1.0]}, "E220"),
        ({"asset_volatility": 0.0}, "E222"),
        ({"asset_value": [1.0, 2.0], "volatility_se": [0.1, 0.2, 0.3]}, "E217"),
    ],
)
def test_refusals(changed, code):
    with pytest.raises(KmvError) as caught:
        probability_band(
            **{
                "asset_value": 100.0,
                "default_point": 80.0,
                "asset_volatility": 0.2,
                "volatility_se": 0.05,
                **changed,
            }
        )
    assert caught.value.code == code
