"""The model's forms as formula text, horizon 1 and drift 0 (totals over the whole life).

Arguments are cell addresses. The student form has no worksheet twin without new-style functions (its tail at
fractional degrees of freedom), so its cells hold computed values.
"""

from __future__ import annotations

from kmv_core.structural.merton import Form


def has_twin(form: Form) -> bool:
    """Whether the form can be written as native formulas."""
    return form != "student"


def distance(form: Form, owned: str, owed: str, s: str) -> str:
    """DD: (ln(A/D) - s^2/2)/s, without the second term in log_drift; (A - D)/(A s) in linear."""
    if form == "linear":
        return f"({owned}-{owed})/({owned}*{s})"
    convexity = "" if form == "log_drift" else f"-{s}^2/2"
    return f"(LN({owned}/{owed}){convexity})/{s}"


def put(form: Form, owned: str, owed: str, s: str, distance_cell: str) -> str:
    """P(D) = E[(D - A)^+] from the distance: D N(-d2) - A N(-d1); log_drift has A e^{s^2/2}.

    Linear: A s [g(DD) - g(1/s)], g(x) = phi(x) - x N(-x): a normal asset value below nothing loses no more.
    """
    tail = f"NORMSDIST(-{distance_cell})"
    if form == "linear":
        beyond = f"NORMDIST(1/{s},0,1,FALSE)-NORMSDIST(-1/{s})/{s}"
        return f"{owned}*{s}*(NORMDIST({distance_cell},0,1,FALSE)-{distance_cell}*{tail}-({beyond}))"
    forward = f"{owned}*EXP({s}^2/2)" if form == "log_drift" else owned
    return f"{owed}*{tail}-{forward}*NORMSDIST(-{distance_cell}-{s})"


def safe_point(form: Form, owned: str, target: str, s: str) -> str:
    """D* of a target PD: A exp(-s^2/2 - z s), z = N^{-1}(1 - PD*); A (1 - z s) in linear."""
    if form == "linear":
        return f"{owned}*(1+NORMSINV({target})*{s})"
    convexity = "" if form == "log_drift" else f"-{s}^2/2"
    return f"{owned}*EXP(NORMSINV({target})*{s}{convexity})"
