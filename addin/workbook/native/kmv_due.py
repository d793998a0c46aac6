"""KMV sheet, sections one and two: the parameters, and the `due` reading live from the inputs."""

from __future__ import annotations

import numpy as np

from addin.workbook.native import collections as coll
from addin.workbook.native import forms
from addin.workbook.native.kmv_sheet import DUE_HEADERS, KmvSheet, kind_of, title_of
from addin.workbook.timeline import Timeline
from kmv_core.risk.sizing import safe_sizes
from kmv_core.risk.tails import put

PARAMETERS_TOP = 6


def write_parameters(sheet: KmvSheet) -> None:
    """Section one: the numbers every result uses, one a row."""
    page, deal, ref = sheet.page, sheet.native.assessment.deal, sheet.native.deal.ref
    page.section(PARAMETERS_TOP, "参数", "Parameters", page.width)
    collected = float(sheet.native.assessment.base.collections.sum())
    years = float(sheet.native.assessment.schedule.times[-1])
    (on_cash, cash_value), (yearly, yearly_value), (fixed, fixed_value) = (
        sheet.native.fee_rate(basis) for basis in ("collections", "outstanding", "fixed")
    )
    exposure = float(
        (
            sheet.native.assessment.due_points.lives
            * np.array([each.balance for each in sheet.native.assessment.deal.by_rank])
        ).sum()
    )
    fees = cash_value * collected + yearly_value * exposure + fixed_value * years
    last = page.last
    rows: list[tuple[str, str, str, str, float, str]] = [
        (
            "s",
            "回收总额波动率 Volatility of total collections",
            "小数 decimal",
            f"={ref('model', 'total_volatility')}",
            sheet.native.assessment.deal.model.total_volatility,
            "percent",
        ),
        (
            "target",
            "目标违约概率 Target default probability",
            "小数 decimal",
            f"={ref('model', 'target_pd')}",
            sheet.native.assessment.deal.model.target_pd,
            "percent",
        ),
        (
            "collected",
            "预期净回收总额 Expected net collections",
            sheet.native.unit,
            f"={coll.SHEET}!$D${coll.NET}",
            collected,
            "money",
        ),
        (
            "owned",
            "资产价值 Asset value (plus initial reserve)",
            sheet.native.unit,
            f"=$C${{collected}}+{ref('reserve', 'reserve_initial')}",
            collected + deal.reserve.reserve_initial,
            "money",
        ),
        (
            "years",
            "至法定到期 Years to legal maturity",
            "年 years",
            f"={coll.SHEET}!${last}${coll.YEARS}",
            years,
            "years",
        ),
        ("on_cash", "按回收额计费率 Fee rate on collections", "小数 decimal", f"={on_cash}", cash_value, "percent"),
        (
            "yearly",
            "按余额计年费率 Yearly fee rate on balance",
            "小数 decimal",
            f"={yearly}",
            yearly_value,
            "percent",
        ),
        ("fixed", "年固定费用 Fixed fees a year", sheet.native.unit, f"={fixed}", fixed_value, "money"),
        (
            "fees",
            "费用合计 Fees over life",
            sheet.native.unit,
            "=$C${on_cash}*$C${collected}+$C${yearly}*SUMPRODUCT({balances},{lives})+$C${fixed}*$C${years}",
            fees,
            "money",
        ),
    ]
    at = {name: PARAMETERS_TOP + 1 + i for i, (name, *_) in enumerate(rows)}
    top = PARAMETERS_TOP + len(rows) + 4
    end = top + len(sheet.native.assessment.deal.by_rank) - 1
    spans = {"balances": f"$C${top}:$C${end}", "lives": f"$E${top}:$E${end}"}
    for name, label, unit, formula, value, kind in rows:
        page.text(at[name], 1, label)
        page.text(at[name], 2, unit, "note")
        page.formula(at[name], 3, formula.format(**at, **spans), value, kind)
    page.text(
        at["s"],
        5,
        f"模型形式 Form: {sheet.native.assessment.deal.model.form}；期限 horizon 1，漂移 drift 0（按全周期总额）。",
        "note",
    )
    page.text(
        at["s"] + 1,
        5,
        "DD = (ln(A/D) - s^2/2)/s, PD = N(-DD) (lognormal); D = 费用 fees + 本息 principal and interest.",
        "note",
    )
    sheet.parameters = {name: page.ref(row, 3) for name, row in at.items()}


def write_due(sheet: KmvSheet, row: int) -> int:
    """Section two: the `due` reading, one tranche a row."""
    page, ref, form = sheet.page, sheet.native.deal.ref, sheet.native.assessment.deal.model.form
    page.section(row, "按应付金额口径", "Reading: due", page.width)
    page.headers(row + 1, 1, ["档次 Tranche", "次序 Rank", *map(title_of, DUE_HEADERS)], height=62)
    top = sheet.due_top = row + 2
    here = sheet.here()
    owned, s = here["owned"], here["s"]
    points = sheet.native.assessment.due_points.default_points[:, -1]
    puts = put(sheet.native.assessment.deal.model, float(sheet.native.assessment.due_points.asset_values[-1]), points)
    safe = safe_sizes(sheet.native.assessment)
    interest = sheet.native.assessment.due_points.lives * np.array(
        [each.balance * each.coupon for each in sheet.native.assessment.deal.by_rank]
    )
    to_date = np.cumsum([each.balance for each in sheet.native.assessment.deal.by_rank]) + np.cumsum(interest)
    for k, (each, result) in enumerate(
        zip(sheet.native.assessment.deal.by_rank, sheet.native.assessment.tranches, strict=True)
    ):
        r = top + k
        col = {key: f"${chr(67 + i)}{r}" for i, key in enumerate(DUE_HEADERS)}
        above = {key: f"${chr(67 + i)}{r - 1}" for i, key in enumerate(DUE_HEADERS)}
        balance_row = sheet.base.balance[each.tranche]
        outstanding = f"{sheet.flow.name}!E{balance_row}:{page.before_last}{balance_row}"
        accruals = dates_of(sheet.flow, coll.ACCRUAL)
        distance = forms.distance(form, owned, col["default_point"], s)
        put_text = forms.put(form, owned, col["default_point"], s, col["distance_to_default"])
        loss = (
            f"={col['put']}/{col['default_point']}"
            if k == 0
            else f"=({col['put']}-{above['put']})/({col['default_point']}-{above['default_point']})"
        )
        carried = f"(1+({col['coupon']}+{here['yearly']})*{col['weighted_life']})"
        live: dict[str, tuple[str, float]] = {
            "balance": (f"={ref('tranches', k, 'balance')}", each.balance),
            "coupon": (f"={ref('tranches', k, 'coupon')}", each.coupon),
            "weighted_life": (
                f"=SUMPRODUCT({outstanding},{accruals})/{col['balance']}",
                float(sheet.native.assessment.due_points.lives[k]),
            ),
            "interest": (f"={col['balance']}*{col['coupon']}*{col['weighted_life']}", float(interest[k])),
            "to_date": (f"=SUM($C${top}:$C{r})+SUM($F${top}:$F{r})", float(to_date[k])),
            "default_point": (f"={col['to_date']}+{here['fees']}", float(points[k])),
            "coverage": (f"={owned}/{col['default_point']}", result.due.coverage),
        }
        modelled: dict[str, tuple[str, float]] = {
            "cushion": (f"=1-{col['default_point']}/{owned}", result.due.cushion),
            "distance_to_default": (f"={distance}", result.due.distance_to_default),
            "probability_of_default": (
                f"=NORMSDIST(-{col['distance_to_default']})",
                result.due.probability_of_default,
            ),
            "put": (f"={put_text}", float(puts[k])),
            "expected_loss": (loss, result.due.expected_loss),
            "loss_given_default": (
                f"={col['expected_loss']}/{col['probability_of_default']}",
                result.due.loss_given_default,
            ),
            "safe_balance": (
                f"=MAX({col['balance']}+({forms.safe_point(form, owned, here['target'], s)}-{col['default_point']})/{carried},0)",
                safe[k].safe_balance,
            ),
        }
        page.text(r, 1, each.tranche)
        page.value(r, 2, each.rank, "integer", "calc")
        for i, key in enumerate(DUE_HEADERS):
            if key in live:
                page.formula(r, 3 + i, *live[key], kind_of(key))
            else:
                sheet.modelled(r, 3 + i, *modelled[key], kind_of(key))
    return top + len(sheet.native.assessment.deal.by_rank)


def dates_of(page: Timeline, row: int) -> str:
    """The dates of a line of the Collections sheet."""
    return f"{coll.SHEET}!{page.across(row)}"
