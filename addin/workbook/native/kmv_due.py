"""KMV sheet, sections one and two: the parameters, and the `due` reading live from the inputs."""

from __future__ import annotations

import numpy as np

from addin.workbook.native import forms
from addin.workbook.native.kmv_sheet import DUE_HEADERS, FIRST_RESULT, KmvSheet, columns_of, kind_of, title_of
from addin.workbook.native.kmv_support import LEAST, SupportSheet
from kmv_core.risk.sizing import SafeSize, safe_sizes
from kmv_core.risk.tails import put
from kmv_core.vocabulary.checks import Floats

PARAMETERS_TOP = 6
PARAMETERS = (
    "s",
    "target",
    "collected",
    "owned",
    "years",
    "on_cash",
    "yearly",
    "fixed",
    "scheduled",
    "fees",
)


def write_parameters(sheet: KmvSheet) -> None:
    """Section one: the numbers every result uses, one a row."""
    page, native = sheet.page, sheet.native
    found = native.assessment
    deal, ref, unit = found.deal, native.deal.ref, native.unit
    page.section(PARAMETERS_TOP, "参数", "Parameters", sheet.width)
    collected, years = found.asset_value, float(found.schedule.times[-1])
    rates = {basis: native.fee_rate(basis) for basis in ("collections", "outstanding", "fixed")}
    sizes = np.array([each.balance for each in deal.by_rank])
    scheduled = sum(line.amount_due for line in deal.fee_schedule)
    fees = (
        rates["collections"][1] * collected
        + rates["outstanding"][1] * float((found.due_points.lives * sizes).sum())
        + rates["fixed"][1] * years
        + scheduled
    )
    amounts = f"=SUM({native.deal.column('fee_schedule', 'amount_due')})" if deal.fee_schedule else "=0"
    at = {name: PARAMETERS_TOP + 1 + i for i, name in enumerate(PARAMETERS)}
    top = PARAMETERS_TOP + len(PARAMETERS) + 4
    end = top + len(sizes) - 1
    spent = f"=$C${at['on_cash']}*$C${at['collected']}+$C${at['fixed']}*$C${at['years']}+$C${at['scheduled']}"
    spent += f"+$C${at['yearly']}*SUMPRODUCT($C${top}:$C${end},$E${top}:$E${end})"
    rows: list[tuple[str, str, str, str, float, str]] = [
        (
            "s",
            "回收总额波动率 Volatility of total collections",
            "小数 decimal",
            f"={ref('model', 'total_volatility')}",
            deal.model.total_volatility,
            "percent",
        ),
        (
            "target",
            "目标违约概率 Target default probability",
            "小数 decimal",
            f"={ref('model', 'target_pd')}",
            deal.model.target_pd,
            "percent",
        ),
        (
            "collected",
            "预期净回收总额 Expected net collections",
            unit,
            f"={native.rows.total('net')}",
            collected,
            "money",
        ),
        (
            "owned",
            "资产价值 Asset value (plus initial reserve)",
            unit,
            f"=$C${at['collected']}+{ref('reserve', 'reserve_initial')}",
            collected + deal.reserve.reserve_initial,
            "money",
        ),
        (
            "years",
            "至法定到期 Years to legal maturity",
            "年 years",
            f"={native.rows.last('years')}",
            years,
            "years",
        ),
        ("on_cash", "按回收额计费率 Fee rate on collections", "小数 decimal", *_rate(rates["collections"]), "percent"),
        (
            "yearly",
            "按余额计年费率 Yearly fee rate on balance",
            "小数 decimal",
            *_rate(rates["outstanding"]),
            "percent",
        ),
        ("fixed", "年固定费用 Fixed fees a year", unit, *_rate(rates["fixed"]), "money"),
        ("scheduled", "按日程收取的费用 Scheduled fees", unit, amounts, float(scheduled), "money"),
        ("fees", "费用合计 Fees over life", unit, spent, fees, "money"),
    ]
    for name, label, words, formula, value, kind in rows:
        page.text(at[name], 1, label)
        page.text(at[name], 2, words, "note")
        page.formula(at[name], 3, formula, value, kind)
    for i, words in enumerate(
        (
            f"模型形式 Form: {deal.model.form}；期限 horizon 1，漂移 drift 0（按全周期总额）。",
            "DD = (ln(A/D) - s^2/2)/s, PD = N(-DD) (lognormal); D = 费用 fees + 本息 principal and interest.",
            "同一次序各档共用违约点。 Tranches of one rank share their default point.",
        )
    ):
        page.text(at["s"] + i, 5, words, "note")
    sheet.parameters = {name: page.ref(row, 3) for name, row in at.items()}


def _rate(rate: tuple[str, float]) -> tuple[str, float]:
    return f"={rate[0]}", rate[1]


def due_end(sheet: KmvSheet, row: int) -> int:
    """The first row under section two, if it starts at `row`; sets where its lines stand."""
    sheet.due_top = row + 2
    return sheet.due_top + len(sheet.native.assessment.deal.by_rank)


def write_due(sheet: KmvSheet, row: int, support: SupportSheet | None) -> None:
    """Section two: the `due` reading, one tranche a row; after the term structure, whose last date it shows."""
    page, found = sheet.page, sheet.native.assessment
    words = ("按应付金额口径", "Reading: due")
    if support is not None:
        words = (
            f"{words[0]}（违约距离、安全规模不计补足人，违约概率与展期概率计入）",
            f"{words[1]} (DD and safe size of the pool alone; PD and extension with payers of support)",
        )
    page.section(row, *words, sheet.width)
    page.headers(row + 1, 1, ["档次 Tranche", "次序 Rank", *map(title_of, DUE_HEADERS)], height=80)
    points = found.due_points.default_points[:, -1]
    puts = put(found.deal.model, float(found.due_points.asset_values[-1]), points)
    safe = safe_sizes(found)
    for k, each in enumerate(found.deal.by_rank):
        page.text(sheet.due_top + k, 1, each.tranche)
        page.value(sheet.due_top + k, 2, each.rank, "integer", "calc")
        _amounts(sheet, k)
        _results(sheet, k, puts, safe[k], support)


def _amounts(sheet: KmvSheet, k: int) -> None:
    """What falls due: balance, coupon, life, interest, the sum to this rank, and the default point."""
    page, found, ref, here = sheet.page, sheet.native.assessment, sheet.native.deal.ref, sheet.here()
    each, due, top, row = found.deal.by_rank[k], found.due_points, sheet.due_top, sheet.due_top + k
    col, end = columns_of(DUE_HEADERS, row), sheet.class_ends[k]
    last = top + end
    sizes = np.array([one.balance for one in found.deal.by_rank])
    to_date = float(np.sum((sizes + due.interest[:, -1])[: end + 1]))
    interest_row = sheet.term_lines[each.tranche].get("interest")
    interest = f"=${page.last}${interest_row}" if interest_row else "=0"
    live: dict[str, tuple[str, float]] = {
        "balance": (f"={ref('tranches', k, 'balance')}", each.balance),
        "coupon": (f"={ref('tranches', k, 'coupon')}", each.coupon),
        "weighted_life": (f"={sheet.life(k, called=False)}/{col['balance']}", float(due.lives[k])),
        "interest": (interest, float(due.interest[k, -1])),
        "to_date": (f"=SUM($C${top}:$C${last})+SUM($F${top}:$F${last})", to_date),
        "default_point": (f"={col['to_date']}+{here['fees']}", float(due.default_points[k, -1])),
        "coverage": (f"={here['owned']}/{col['default_point']}", found.tranches[k].due.coverage),
    }
    for key, (formula, value) in live.items():
        page.formula(row, FIRST_RESULT + DUE_HEADERS.index(key), formula, value, kind_of(key))


def _results(sheet: KmvSheet, k: int, puts: Floats, safe: SafeSize, support: SupportSheet | None) -> None:
    """Distance, probabilities and loss of one tranche."""
    page, found, here = sheet.page, sheet.native.assessment, sheet.here()
    form, due, row = found.deal.model.form, found.tranches[k].due, sheet.due_top + k
    col = columns_of(DUE_HEADERS, row)
    owned, s = here["owned"], here["s"]
    carried = f"(1+{col['interest']}/{col['balance']}+{here['yearly']}*{col['weighted_life']})"
    allowed = forms.safe_point(form, owned, here["target"], s)
    distance = forms.distance(form, owned, col["default_point"], s)
    short = forms.put(form, owned, col["default_point"], s, col["distance_to_default"])
    before = sheet.classes_before[k]
    loss = f"={col['put']}/{col['default_point']}"
    if before >= 0:
        above = columns_of(DUE_HEADERS, sheet.due_top + before)
        loss = f"=({col['put']}-{above['put']})/({col['default_point']}-{above['default_point']})"
    modelled: dict[str, tuple[str, float]] = {
        "cushion": (f"=1-{col['default_point']}/{owned}", due.cushion),
        "distance_to_default": (f"={distance}", due.distance_to_default),
        "put": (f"={short}", float(puts[k])),
        "safe_balance": (
            f"=MAX({col['balance']}+({allowed}-{col['default_point']})/{carried},0)",
            safe.safe_balance,
        ),
    }
    if support is None:
        modelled["probability_of_default"] = (
            f"=NORMSDIST(-{col['distance_to_default']})",
            due.probability_of_default,
        )
        modelled["expected_loss"] = (loss, due.expected_loss)
    if support is None or (due.probability_of_default > LEAST and not sheet.is_template):
        given = f"={col['expected_loss']}/{col['probability_of_default']}"
        modelled["loss_given_default"] = (given, due.loss_given_default)
    for key, (formula, value) in modelled.items():
        sheet.modelled(row, FIRST_RESULT + DUE_HEADERS.index(key), formula, value, kind_of(key))
    at = {key: FIRST_RESULT + DUE_HEADERS.index(key) for key in DUE_HEADERS}
    if support is not None:
        if "loss_given_default" not in modelled:
            sheet.computed(row, at["loss_given_default"], due.loss_given_default, "percent")
        sheet.computed(row, at["expected_loss"], due.expected_loss, "percent4")
        for key, test in (("probability_of_default", "legal"), ("extension_probability", "expected")):
            support.show(sheet, row, at[key], ("due", test, k), getattr(due, key))
        return
    extension = at["extension_probability"]
    lines = sheet.term_lines[found.deal.by_rank[k].tranche]
    if found.schedule.index_of(found.deal.by_rank[k].expected_maturity) < 0:
        # Due before the first payment: late for certain, whatever the inputs that stand.
        page.value(row, extension, due.extension_probability, "percent4", "calc")
        return
    by_date = page.across(lines["by_date"], fixed=True)
    if not forms.has_twin(form) and sheet.is_template:
        sheet.computed(row, extension, due.extension_probability, "percent4")
        return
    formula = f"=MAX(INDEX({by_date},$C${lines['by_date']}),{col['probability_of_default']})"
    page.formula(row, extension, formula, due.extension_probability, "percent4")
