"""The Checks sheet: every test of the workbook, one a row, and the master check that every heading repeats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from addin.workbook.native import collections as coll
from addin.workbook.native.context import CHECKS, FAIL, FUNCTIONS_OUTSIDE, PASS, TOLERANCE, Native
from addin.workbook.native.input_words import words_of
from addin.workbook.native.kmv_sheet import DUE_HEADERS, FIRST_RESULT, SEE_FUNCTION, KmvSheet
from addin.workbook.native.licences import kept_shares
from addin.workbook.native.proofs import Proof
from addin.workbook.native.recovery_curve import points_check
from addin.workbook.native.sensitivity import FACTOR_WORDS, SensitivitySheet
from addin.workbook.native.waterfall import Block
from addin.workbook.native.written_for import decisions
from addin.workbook.page import ROW_HEIGHT, both, printed_lines
from addin.workbook.timeline import Timeline
from kmv_core.deal.deal_checks import WORDS_OF_STRUCTURE

HEAD, MASTER_ROW, TOLERANCE_ROW, FIRST_ROW = 6, 7, 8, 9
WIDTHS = (6, 124, 16, 18)


@dataclass(frozen=True, slots=True)
class Check:
    """One test: a number that must be zero (to the tolerance)."""

    zh: str
    en: str
    formula: str
    value: float


def write_checks(
    native: Native,
    waterfall: Timeline,
    base: Block,
    kmv: KmvSheet,
    sensitivity: SensitivitySheet | None = None,
    proofs: Sequence[Proof] = (),
    *,
    changed: str = "",
) -> None:
    """The sheet; its master check is the cell that context.MASTER names.

    `changed` is a range that is zero while the inputs are those the computed values rest on.
    """
    page = native.book.page(CHECKS)
    page.heading(
        "检查",
        "Checks",
        ("回答：本工作簿的每项检验是否通过。", "Answers: does every test of this workbook hold?"),
        native.unit,
        ("", ""),
    )
    page.widths(*WIDTHS)
    if not changed:
        page.text(HEAD - 1, 1, FUNCTIONS_OUTSIDE, "note")
    checks = [
        *_structure(native, waterfall, base, kmv),
        *_words(native, kmv, has_native_shocks=sensitivity is not None),
        *([] if changed else [Check(each.zh, each.en, each.formula, 0.0) for each in decisions(native)]),
        *_proofs(native, proofs),
    ]
    if changed:
        checks.append(
            Check(
                "输入与灰底计算值生成时一致；否则须重新生成报告。",
                "The inputs are those the grey values were computed from (sheet AsComputed).",
                f"=SUM({changed})",
                0.0,
            )
        )
    if sensitivity is not None:
        checks += _sensitivity(kmv, sensitivity)
    first, last = FIRST_ROW, FIRST_ROW + len(checks) - 1
    page.text(MASTER_ROW, 2, "总检查 Master check", "label")
    page.formula(
        MASTER_ROW,
        3,
        f'=IF(COUNTIF(D{first}:D{last},0)=ROWS(D{first}:D{last}),"{PASS}","{FAIL}")',
        PASS,
        "text",
        "total",
    )
    page.text(TOLERANCE_ROW, 2, "容差（相对于检验的尺度） Tolerance (of the scale of the test)", "label")
    page.value(TOLERANCE_ROW, 3, TOLERANCE, "tiny", "input")
    page.headers(HEAD, 1, ["#", "检验 Test", "偏差 Deviation", "结果 Result"], height=20)
    page.head = HEAD
    for i, check in enumerate(checks):
        row = FIRST_ROW + i
        page.value(row, 1, i + 1, "integer", "calc")
        words = both(check.zh, check.en)
        page.text(row, 2, words, "wrap_middle")
        page.sheet.row_dimensions[row].height = ROW_HEIGHT * printed_lines(words, int(1.1 * WIDTHS[1]))
        page.formula(row, 3, check.formula, check.value, "zero")
        page.formula(
            row, 4, f"=IF(ABS(C{row})<=$C${TOLERANCE_ROW},0,1)", int(not abs(check.value) <= TOLERANCE), "verdict"
        )
    failed = any(not abs(check.value) <= TOLERANCE for check in checks)
    if failed:
        raise ValueError(
            "a check fails as built: " + "; ".join(each.en for each in checks if not abs(each.value) <= TOLERANCE)
        )
    page.finish(freeze="A6", stamp=native.stamp)


def _structure(native: Native, waterfall: Timeline, base: Block, kmv: KmvSheet) -> list[Check]:
    found, ref = native.assessment, native.deal.ref
    deal, run = found.deal, found.base
    size = ref("deal", "issue_size")
    line = waterfall.across(base.imbalance, sheet=True)
    balances = native.deal.column("tranches", "balance")
    dates, before = native.rows.last("due_date"), native.rows.before_last("due_date")
    imbalance = run.imbalance()[0]
    sizes = float(np.sum([each.balance for each in deal.tranches]))
    checks = [
        Check(
            "各期流入等于流出（占发行规模）。",
            "Cash in equals cash out at every date (of the issue size).",
            f"=(MAX({line})-MIN({line}))/{size}",
            float(imbalance.max() - imbalance.min()) / deal.issue_size,
        ),
        Check(
            "各档规模合计等于发行规模。",
            "The tranches add to the issue size.",
            f"=SUM({balances})/{size}-1",
            sizes / deal.issue_size - 1,
        ),
        Check(
            "末期应付日等于法定到期日。",
            "The last due date is the legal maturity.",
            f"={dates}-{ref('deal', 'legal_maturity')}",
            0.0,
        ),
        Check(
            "各期应付日递增（期数与输入一致）。",
            "Due dates ascend: the columns fit the dates of the deal.",
            f"=IF({before}<{dates},0,1)",
            0.0,
        ),
        *(_fees(native) if deal.licences else _recoveries(native)),
    ]
    for k, each in enumerate(deal.by_rank):
        line_row = kmv.term_lines[each.tranche]["default_point"]
        cell = f"{kmv.page.name}!${kmv.page.last}${line_row}"
        checks.append(
            Check(
                f"{each.tranche}：逐期违约点在末期等于合计口径。",
                "The default point by date ends at the total.",
                f"={cell}/{kmv.due(k, 'default_point')}-1",
                0.0,
            )
        )
    # In a template a probability may be left to its worksheet function.
    shown = [kmv.page.sheet[kmv.local(kmv.due(k, "probability_of_default"))].value for k in range(len(deal.tranches))]
    if len(deal.tranches) > 1 and SEE_FUNCTION not in shown:
        pd = [each.due.probability_of_default for each in found.tranches]
        column = FIRST_RESULT + DUE_HEADERS.index("probability_of_default")
        tops = f"{kmv.page.ref(kmv.due_top, column)}:{kmv.page.ref(kmv.due_top + len(pd) - 2, column, sheet=False)}"
        nexts = (
            f"{kmv.page.ref(kmv.due_top + 1, column)}:{kmv.page.ref(kmv.due_top + len(pd) - 1, column, sheet=False)}"
        )
        checks.append(
            Check(
                "次级各档违约概率不低于更优先各档。",
                "No tranche has a lower PD than one ranking before it.",
                f"=SUMPRODUCT(1*({tops}>{nexts}))",
                float(sum(a > b for a, b in pairwise(pd))),
            )
        )
    return checks


def _recoveries(native: Native) -> list[Check]:
    """Loans: collections against the curve at the last date, and the curve's points against the deal sheet's."""
    found, ref = native.assessment, native.deal.ref
    deal = found.deal
    cut = f"(1-{ref('recovery', 'haircut')})*(1-{ref('recovery', 'disposal_cost')})"
    net = f"{ref('pool', 'pool_balance')}*{ref('recovery', 'recovery_rate')}*{cut}"
    share = f"{coll.SHEET}!${native.rows.page('net').last}${coll.SHARE}"
    years = float(deal.loans.share_by(found.schedule.window_ends[-1]))
    expected = deal.loans.total(pool_balance=deal.pool.pool_balance) * years
    return [
        Check(
            "回收合计等于闭式值（占资产池余额）。",
            "Collections add to their closed form (of the pool balance).",
            f"=({native.rows.total('net')}-{net}*{share})/{ref('pool', 'pool_balance')}",
            (float(native.expected.sum()) - expected) / deal.pool.pool_balance,
        ),
        Check(
            "回收向量的点数与公式一致（增减点须重新生成）。",
            "The recovery vector has the points the formulas read; more or fewer need a new workbook.",
            "=" + points_check(native),
            0.0,
        ),
    ]


def _fees(native: Native) -> list[Check]:
    """Licences: fees added by contract against fees added by date."""
    deal, rows = native.assessment.deal, native.rows
    first, last = rows.total("licence_fees", "0"), rows.total("licence_fees", str(len(deal.licences) - 1))
    totals = f"{first}:{last.split('!')[1]}"
    pool = native.deal.ref("pool", "pool_balance")
    return [
        Check(
            "许可费按合同与按支付日合计相等（占资产池余额）。",
            "Expected fees add up alike by contract and by date (of the pool balance).",
            f"=({rows.total('net')}-SUMPRODUCT({kept_shares(deal)},{totals}))/{pool}",
            0.0,
        ),
        Check(
            "许可合同数与公式一致（增减合同须重新生成）。",
            "There are as many licences as the formulas read; more or fewer need a new workbook.",
            f"=COUNT({native.deal.column('licences', 'fee_amount')})-ROWS({totals})",
            0.0,
        ),
    ]


def _words(native: Native, kmv: KmvSheet, *, has_native_shocks: bool) -> list[Check]:
    """Words and counts that decide which formulas were written: formulas cannot follow a change of theirs."""
    deal, ref = native.assessment.deal, native.deal.ref
    written: list[tuple[str, str, str]] = [("form", ref("model", "form"), deal.model.form)]
    written += [(key, ref("structure", key), getattr(deal.structure, key)) for key in WORDS_OF_STRUCTURE]
    for key in ("rate_type", "repayment"):
        written += [
            (f"{key} {i + 1}", ref("tranches", i, key), getattr(row, key)) for i, row in enumerate(deal.by_rank)
        ]
    written += [(f"covers {i + 1}", ref("support", i, "covers"), row.covers) for i, row in enumerate(deal.support)]
    for key in ("test", "order", "subject", "curable"):
        written += [
            (f"{key} {i + 1}", ref("triggers", i, key), getattr(row, key)) for i, row in enumerate(deal.triggers)
        ]
    written += [(f"basis {i + 1}", ref("fees", i, "basis"), fee.basis) for i, fee in enumerate(deal.fees)]
    if has_native_shocks:
        # A template's tables are worksheet functions, which follow.
        written += [(f"mode {i + 1}", ref("shocks", i, "mode"), row.mode) for i, row in enumerate(deal.shocks)]
        written += [(f"factor {i + 1}", ref("shocks", i, "factor"), row.factor) for i, row in enumerate(deal.shocks)]
    checks = [
        Check(
            f"{zh}：公式按“{word or '空'}”写成，改动须重新生成。",
            f"{en}: formulas are written for {word or 'a blank'}; a change needs a new workbook.",
            f'=1*({cell}<>"{word}")',
            0.0,
        )
        for (zh, en), cell, word in ((words_of(name), cell, word) for name, cell, word in written)
    ]
    balances = native.deal.column("tranches", "balance")
    shown = f"{kmv.page.ref(kmv.due_top, 1)}:{kmv.page.ref(kmv.due_top + len(deal.tranches) - 1, 1, sheet=False)}"
    checks.append(
        Check(
            "各表档次数等于输入的档次数。",
            "The sheets show as many tranches as the deal has.",
            f"=COUNT({balances})-ROWS({shown})",
            0.0,
        )
    )
    return checks


def _proofs(native: Native, proofs: Sequence[Proof]) -> list[Check]:
    found = native.assessment
    checks = []
    for proof in proofs:
        name = found.deal.by_rank[proof.tranche].tranche
        zh, en = ("（补足人均履行）", ", every payer of support paying") if proof.with_payers else ("", "")
        overdue = proof.page.across(proof.block.overdue_principal[name], sheet=True)
        checks.append(
            Check(
                f"{proof.page.name}：{name} 在临界倍数下按期足额兑付本金{zh}。",
                f"Principal is repaid as it falls due at the break-even multiple{en}.",
                f"=MAX({overdue})/{native.deal.ref('deal', 'issue_size')}",
                0.0,
            )
        )
        if name in proof.block.unpaid_interest:
            line = proof.page.across(proof.block.unpaid_interest[name], sheet=True)
            checks.append(
                Check(
                    f"{proof.page.name}：{name} 在临界倍数下按时付息{zh}。",
                    f"Interest is paid in time at the break-even multiple{en}.",
                    f"=MAX({line})/{native.deal.ref('deal', 'issue_size')}",
                    0.0,
                )
            )
    return checks


def _sensitivity(kmv: KmvSheet, sheet: SensitivitySheet) -> list[Check]:
    checks = []
    for factor, shock_set in sheet.shocks.items():
        if 0.0 not in shock_set.shocks:
            continue
        row = sheet.tops[factor] + shock_set.shocks.index(0.0)
        zh, en = FACTOR_WORDS[factor]
        for k in range(sheet.tranches):
            cell = sheet.page.ref(row, sheet.column(k, "probability_of_default"))
            checks.append(
                Check(
                    f"{zh}：零冲击等于基准（第 {k + 1} 档）。",
                    f"{en}: no shock gives the base case (tranche {k + 1}).",
                    f"={cell}-{kmv.due(k, 'probability_of_default')}",
                    0.0,
                )
            )
    return checks
