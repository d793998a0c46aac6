"""What `kmv analyse` prints: a table or more for every section, and the reason beside whatever is refused.

A further section is one more writer in `_TABLES`; the JSON has the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from addin.functions.worth import control_label
from addin.run_tables import ScreenTable, percent
from kmv_core.risk.factors import BY_NAME
from kmv_core.vocabulary.terms import READINGS, TERMS

Writer = Callable[[Any, str | None], Iterator[ScreenTable]]
"""Of a section and the reading asked for, if any."""


def analysis_tables(numbers: dict[str, Any], reading: str | None = None) -> Iterator[ScreenTable]:
    """Title, header and lines of every section, of what a committee reads; the headline where no reading is asked for."""
    for section, write in _TABLES.items():
        found = numbers.get(section)
        if isinstance(found, dict) and "problem" in found:
            yield from _reasons(section, [(section, found["problem"])])
        elif found:
            yield from write(found, reading)


def _reasons(title: str, refused: Sequence[tuple[str, dict[str, str] | None]]) -> Iterator[ScreenTable]:
    """Why something has no result: each subject with its code and both sentences, once."""
    lines = dict.fromkeys((subject, f"{why['code']} {why['zh']} | {why['en']}") for subject, why in refused if why)
    if lines:
        yield (
            f"无结果的原因 Why without a result: {title}",
            ("对象 subject", "原因 why"),
            [list(each) for each in lines],
        )


def _factor(name: str) -> str:
    return f"{BY_NAME[name].zh if name in BY_NAME else TERMS[name].zh} {name}"


def _shock(size: float, mode: str) -> str:
    return f"{size:+.6g}" if mode == "absolute" else f"{size:+.2%}"


def _percent(value: float | None) -> str:
    return "-" if value is None else percent(value)


def _shown(entry: dict[str, Any], reading: str | None) -> str:
    """The reading asked for where the entry has it, else its headline."""
    return reading if reading in entry else next(each for each in ("exact", *READINGS) if each in entry)


def _sensitivity(found: dict[str, Any], reading: str | None) -> Iterator[ScreenTable]:
    for name, each in found.items():
        shown = _shown(each, reading)
        title = f"敏感性 Sensitivity: {_factor(name)}, PD ({shown})"
        rows = each[shown]["probability_of_default"]
        lines = [
            [_shock(shock, each["mode"]), *map(_percent, row)] for shock, row in zip(each["shocks"], rows, strict=True)
        ]
        yield title, ("冲击 shock", *each["tranches"]), lines
        refused = zip(each["shocks"], each["problems"], strict=True)
        yield from _reasons(title, [(_shock(shock, each["mode"]), one) for shock, many in refused for one in many])


def _scenarios(found: list[dict[str, Any]], reading: str | None) -> Iterator[ScreenTable]:
    shown = _shown(found[0], reading)
    title = f"情景 Scenarios: PD ({shown})"
    lines = [
        [each["name"], *map(_percent, each[shown]["probability_of_default"])]
        if not each["problems"]
        else [each["name"], *[each["problems"][0]["code"]] * len(each["tranches"])]
        for each in found
    ]
    yield title, ("情景 scenario", *found[0]["tranches"]), lines
    yield from _reasons(title, [(each["name"], one) for each in found for one in each["problems"]])


def _methods(found: dict[str, Any], reading: str | None) -> Iterator[ScreenTable]:  # noqa: ARG001
    header = ("方法 method", "预期损失 EL", "99.9%", *(f"PD {name}" for name in found["tranches"]))
    named = [(f"{each['zh']} {each['en']}", each) for each in found["methods"]]
    lines = [
        [name, *[each["problem"]["code"] if each["problem"] else "-"] * (len(header) - 1)]
        if "problem" in each
        else [
            name,
            "-" if each["expected_loss"] is None else f"{each['expected_loss']:,.2f}",
            f"{each['loss_quantiles'][-1]:,.2f}",
            *map(_percent, each["probability_of_default"]),
        ]
        for name, each in named
    ]
    title = "方法比较 Methods"
    yield title, header, lines
    yield from _reasons(title, [(name, each.get("problem")) for name, each in named])


def _register(found: dict[str, Any], reading: str | None) -> Iterator[ScreenTable]:  # noqa: ARG001
    lines = [
        [each["code"], f"{each['zh']} {each['en']}", f"{each['evidence_zh']} | {each['evidence_en']}"]
        for each in found["questions"]
    ]
    title = f"风险清单 Risk register: {found['kind']}（由评估人打分 to be scored by the assessor）"
    yield title, ("编号 code", "风险 risk", "依据 evidence asked for"), lines


def _grid(found: dict[str, Any], reading: str | None) -> Iterator[ScreenTable]:  # noqa: ARG001
    down, across = found["down"], found["across"]
    header = (
        f"{_factor(down['factor'])} ↓ {_factor(across['factor'])} →",
        *(_shock(each, across["mode"]) for each in across["shocks"]),
    )
    for each in found["tranches"]:
        lines = [
            [_shock(shock, down["mode"]), *map(_percent, row)]
            for shock, row in zip(down["shocks"], each["values"], strict=True)
        ]
        yield f"双因素 Grid: {each['tranche']}, PD ({found['reading']})", header, lines
    refused = [
        (f"{_shock(low, down['mode'])} / {_shock(high, across['mode'])}", one)
        for low, row in zip(down["shocks"], found["problems"], strict=True)
        for high, many in zip(across["shocks"], row, strict=True)
        for one in many
    ]
    yield from _reasons("双因素 Grid", refused)


def _tornado(found: dict[str, Any], reading: str | None) -> Iterator[ScreenTable]:  # noqa: ARG001
    header = ("因素 factor", "步长 step", "下移 low", "上移 high", "波幅 swing")
    refused = []
    for each in found["tranches"]:
        lines = [
            [_factor(bar["factor"]), f"{bar['step']:g}", *(_percent(bar[key]) for key in ("low", "high", "swing"))]
            for bar in each["bars"]
        ]
        yield f"龙卷风 Tornado: {each['tranche']}, PD {_percent(each['base'])} ({found['reading']})", header, lines
        refused += [(_factor(bar["factor"]), one) for bar in each["bars"] for many in bar["problems"] for one in many]
    yield from _reasons("龙卷风 Tornado", refused)


def _spider(found: dict[str, Any], reading: str | None) -> Iterator[ScreenTable]:  # noqa: ARG001
    header = ("因素 factor", "步长 step", *(f"{each:+g}" for each in found["points"]))
    for each in found["tranches"]:
        lines = [
            [_factor(name), f"{found['steps'][name]:g}", *map(_percent, values)]
            for name, values in each["values"].items()
        ]
        yield (
            f"蛛网 Spider: {each['tranche']}, 移动若干步长时的 PD at so many steps ({found['reading']})",
            header,
            lines,
        )


def _enhancement(found: dict[str, Any], reading: str | None) -> Iterator[ScreenTable]:  # noqa: ARG001
    header = ("措施 measure", "去除后 PD without", "PD 份额 share in PD", "DD 份额 share in DD")
    for k, name in enumerate(found["tranches"]):
        lines = [
            [
                control_label(each["name"], each["subject"]),
                _percent(each["pd_without"][k]),
                _percent(each["pd_share"][k]),
                "-" if each["dd_share"][k] is None else f"{each['dd_share'][k]:.3f}",
            ]
            for each in found["measures"]
        ]
        yield f"增信价值 Enhancement: {name}, PD {_percent(found['pd_with'][k])} ({found['reading']})", header, lines
    refused = [
        (control_label(each["name"], each["subject"]), one) for each in found["measures"] for one in each["problems"]
    ]
    yield from _reasons("增信价值 Enhancement", refused)


def _sizes(found: list[dict[str, Any]], reading: str | None) -> Iterator[ScreenTable]:  # noqa: ARG001
    header = ("档次 tranche", "口径 reading", "固定 hold", "安全规模 safe balance", "次级比例 subordination", "PD")
    lines = [
        [each["tranche"], each["reading"], each["hold"], each["problem"]["code"], "-", "-"]
        if "problem" in each
        else [
            each["tranche"],
            each["reading"],
            each["hold"],
            f"{each['safe_balance']:,.2f}" + ("" if each["target_binds"] else " *"),
            f"{each['required_subordination']:.2%}",
            _percent(each["probability_of_default"]),
        ]
        for each in found
    ]
    title = "安全规模 Safe sizes"
    yield f"{title} (*: 目标不起约束 the target does not bind)", header, lines
    yield from _reasons(
        title, [(f"{each['tranche']} {each['reading']} {each['hold']}", each.get("problem")) for each in found]
    )


def _break_evens(found: list[dict[str, Any]], reading: str | None) -> Iterator[ScreenTable]:  # noqa: ARG001
    lines = [
        [
            each["tranche"],
            _factor(each["factor"]),
            each["problem"]["code"] if "problem" in each else f"{each['break_even']:.6g}",
        ]
        for each in found
    ]
    title = "临界值 Break-evens"
    yield f"{title}: 刚好足额兑付 just paid at", ("档次 tranche", "因素 factor", "临界水平 level"), lines
    yield from _reasons(
        title, [(f"{each['tranche']} {_factor(each['factor'])}", each.get("problem")) for each in found]
    )


def _stresses(found: list[dict[str, Any]], reading: str | None) -> Iterator[ScreenTable]:  # noqa: ARG001
    for each in found:
        title = f"反向压力 Reverse stress: {each['tranche']}, PD {_percent(each['target_pd'])}"
        if "problem" in each:
            yield from _reasons(title, [(each["tranche"], each["problem"])])
            continue
        lines = [
            [
                _factor(shock["factor"]),
                _shock(shock["shock"], shock["mode"]),
                f"{shock['z']:+.3f}",
                f"{shock['share']:.1%}",
            ]
            for shock in each["shocks"]
        ]
        header = ("因素 factor", "冲击 shock", "z", "占比 share")
        yield f"{title} ({each['reading']}), |z| {each['distance']:.3f}", header, lines


_TABLES: dict[str, Writer] = {
    "sensitivity": _sensitivity,
    "scenarios": _scenarios,
    "methods": _methods,
    "register": _register,
    "grid": _grid,
    "tornado": _tornado,
    "spider": _spider,
    "enhancement": _enhancement,
    "sizing": _sizes,
    "break_even": _break_evens,
    "reverse_stress": _stresses,
}
