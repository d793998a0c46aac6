"""The largest note a target default probability allows, through the waterfall (or by the exact reading).

    safe balance = max {B : PD(deal with the tranche at B) <= target}

`hold` says what else stays: `others` (the issue grows with the tranche: 固定其他档次) or `total` (what the tranche gains
the last class loses: 固定总规模). Where the rest pays sequentially, without reserve, trigger or call, and fees are covered,
q* has the closed form of kmv_core.deal.break_even's oracle and so has B; the search finds the same number there (a test).
Required subordination is 1 - safe share at a fixed total.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from kmv_core.deal.deal import Deal
from kmv_core.deal.deal_checks import deal_problems
from kmv_core.deal.payments import can_turn
from kmv_core.risk.answers import ALL_READINGS, EXACT, answers, reading_of, tranche_of
from kmv_core.risk.factors import known
from kmv_core.risk.sensitivity import with_frozen_lives
from kmv_core.vocabulary.checks import checked
from kmv_core.vocabulary.errors import KmvError, problem, raise_errors
from kmv_core.vocabulary.terms import HOLDS, READINGS

_LEAST = 1e-9
"""Of the issue size: a note smaller than this is none."""
_SCAN = 33
_STEPS = 12
_CLOSE = 1e-11


@dataclass(frozen=True, slots=True, kw_only=True)
class SafeBalance:
    """One tranche sized to a target."""

    tranche: str
    reading: str
    hold: str
    target_pd: float
    balance: float
    """As it stands."""
    safe_balance: float
    probability_of_default: float
    """At the safe balance: the target, or less where even the largest balance keeps it."""
    is_bound: bool
    """Whether the target binds; False where the largest balance that can be held keeps it."""
    safe_share: float
    """Of the issue at the safe balance."""
    subordination: float
    """1 - the share of this tranche and all that rank with or before it."""


def safe_balance(
    deal: Deal,
    tranche: str | None = None,
    target_pd: float | None = None,
    *,
    reading: str | None = None,
    hold: str = "others",
) -> SafeBalance:
    """The largest balance of one tranche (the first by rank) at which its PD is at most the target (the deal's own).

    In the `due` reading the weighted lives are held. PD at the result equals the target to 1e-10. Where PD is not
    monotone in the balance (triggers, calls) the answer is the largest balance below which every one of a grid keeps
    the target.

    Raises KmvError for a deal that is refused as it stands, E204 for an unknown word, E226 outside the domain, E310
    where not even a note of nothing keeps the target (the reachable PD is named).
    """
    raise_errors(deal_problems(deal))
    name = tranche_of(deal, tranche)
    known("hold", "固定对象", hold, HOLDS)
    target = deal.model.target_pd if target_pd is None else float(checked(target_pd=target_pd)["target_pd"])
    search = _Search(with_frozen_lives(deal), [each.tranche for each in deal.by_rank].index(name), reading, hold)
    return search.answer(target)


class _Search:
    def __init__(self, deal: Deal, row: int, reading: str | None, hold: str) -> None:
        self.deal, self.row, self.hold = deal, row, hold
        self.note = deal.by_rank[row]
        last = max(each.rank for each in deal.tranches)
        self.juniors = [each for each in deal.tranches if each.rank == last and each.tranche != self.note.tranche]
        if hold == "total" and not self.juniors:
            raise KmvError(problem("E355", found="a class after the tranche", found_zh="该档之后的档次"))
        self.room = sum(each.balance for each in self.juniors)
        self.turns = can_turn(deal)
        known("reading", "口径", reading or EXACT, ALL_READINGS)
        # Every deal has these two; whether there is an exact one, the deal's own answer says.
        self.reading = reading if reading in READINGS else reading_of(answers([deal])[0], reading)

    def resized(self, balance: float) -> Deal:
        scale = 1.0
        if self.hold == "total":
            scale = (self.room - (balance - self.note.balance)) / self.room
        junior = {each.tranche for each in self.juniors} if self.hold == "total" else set()
        tranches = tuple(
            replace(each, balance=balance)
            if each.tranche == self.note.tranche
            else (replace(each, balance=each.balance * scale) if each.tranche in junior else each)
            for each in self.deal.tranches
        )
        # To the last digit: the check of the sum is not to fail on rounding.
        return replace(self.deal, tranches=tranches, issue_size=sum(each.balance for each in tranches))

    def scores(self, balances: list[float]) -> list[float]:
        """N^{-1}(PD) at each balance; inf where the deal is refused."""
        found = answers([self.resized(each) for each in balances], readings=(self.reading,))
        pds = [float(each.values(self.reading, "probability_of_default", self.row + 1)[self.row]) for each in found]
        scores = special.ndtri(np.array(pds))
        return np.where(np.isnan(scores), np.inf, scores).tolist()  # type: ignore[no-any-return]  # numpy's stub

    def answer(self, target: float) -> SafeBalance:
        wanted = float(special.ndtri(target))
        steady = self.reading == "due" or not self.turns
        root = self._secant(wanted) if steady else None
        if root is None:
            # Where nothing can turn the cash, more of the note is never safer: the two ends tell all.
            found = self._between(target, wanted, 2 if steady else _SCAN)
            if isinstance(found, SafeBalance):
                return found
            root = found
        # The paid side of the last digit.
        for step in (0.0, 1e-15, 1e-14, 1e-13):
            balance = root * (1.0 - step)
            score = self.scores([balance])[0]
            if score <= wanted + _CLOSE * max(1.0, abs(wanted)):
                break
        return self._found(target, balance, float(special.ndtr(score)), is_bound=True)

    def _secant(self, wanted: float) -> float | None:
        """N^{-1}(PD) is nearly straight in the logarithm of the balance: a few steps; None where they lead nowhere."""
        most = (self.note.balance + self.room) * (1.0 - _LEAST) if self.hold == "total" else np.inf
        x, next_x = float(np.log(self.note.balance)), float(np.log(self.note.balance)) - 1e-3
        gap = self.scores([self.note.balance])[0] - wanted
        for _ in range(_STEPS):
            # A step too long for a double leads nowhere either.
            balance = float(np.exp(min(next_x, 700.0)))
            if not _LEAST * self.deal.issue_size < balance < most:
                return None
            next_gap = self.scores([balance])[0] - wanted
            if not np.isfinite(next_gap) or not np.isfinite(gap):
                return None
            if abs(next_gap) <= 0.1 * _CLOSE * max(1.0, abs(wanted)):
                return balance
            if next_gap == gap:
                return None
            x, gap, next_x = next_x, next_gap, next_x - next_gap * (next_x - x) / (next_gap - gap)
        return None

    def _between(self, target: float, wanted: float, count: int) -> float | SafeBalance:
        """The first change along a line of balances; an answer where the target never binds."""
        from scipy.optimize import brentq  # late: half a second of start-up

        low = _LEAST * self.deal.issue_size
        high = (self.note.balance + self.room) * (1.0 - _LEAST) if self.hold == "total" else self._too_large(wanted)
        line = np.linspace(low, high, count).tolist()
        scores = self.scores(line)
        if scores[0] > wanted:
            reached = float(special.ndtr(scores[0]))
            least = f"{reached:.3g}"
            raise KmvError(
                problem("E310", found=f"PD {target:g}", reachable=f"{least} to 1", reachable_zh=f"{least} 至 1")
            )
        first = next((i for i, score in enumerate(scores) if score > wanted), None)
        if first is None:
            return self._found(target, high, float(special.ndtr(scores[-1])), is_bound=False)

        def gap(balance: float) -> float:
            return float(np.clip(self.scores([balance])[0], -1e3, 1e3)) - wanted

        finest = 1e-15 * self.deal.issue_size
        return float(brentq(gap, line[first - 1], line[first], xtol=finest, rtol=8.9e-16, maxiter=200))

    def _too_large(self, wanted: float) -> float:
        high = max(self.note.balance, _LEAST * self.deal.issue_size)
        while self.scores([high])[0] <= wanted and high < 1e6 * self.deal.issue_size:
            high *= 2.0
        return high

    def _found(self, target: float, balance: float, probability: float, *, is_bound: bool) -> SafeBalance:
        deal = self.resized(balance)
        upto = sum(each.balance for each in deal.tranches if each.rank <= self.note.rank)
        return SafeBalance(
            tranche=self.note.tranche,
            reading=self.reading,
            hold=self.hold,
            target_pd=target,
            balance=self.note.balance,
            safe_balance=balance,
            probability_of_default=probability,
            is_bound=is_bound,
            safe_share=balance / deal.issue_size,
            subordination=1.0 - upto / deal.issue_size,
        )
