"""`kmv bridge`: what moved PD from one version of a deal to the next, as JSON, as tables, or on a sheet of the report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from addin.json_values import finite
from addin.report.build import report_bytes
from addin.run_tables import ScreenTable, percent
from addin.workbook.read import DealFile
from kmv_core import __version__
from kmv_core.risk.bridge import Bridge, bridge


@dataclass(frozen=True, slots=True, kw_only=True)
class BridgeRun:
    """What `kmv bridge` answers."""

    before: DealFile
    after: DealFile
    bridges: tuple[Bridge, ...]
    """Of every tranche both versions have, by rank."""

    def as_json(self) -> dict[str, Any]:
        """The section `bridge`; null for what is undefined or infinite."""
        return {
            "bridge": [
                {
                    "tranche": each.tranche,
                    "output": each.output,
                    "reading": each.reading,
                    "method": each.method,
                    "before": finite(each.before),
                    "after": finite(each.after),
                    "parts": [
                        {"groups": list(part.groups), "zh": part.zh, "en": part.en, "change": finite(part.change)}
                        for part in each.parts
                    ],
                }
                for each in self.bridges
            ],
            "stamp": {
                "version": __version__,
                "before_sha256": self.before.sha256,
                "input_sha256": self.after.sha256,
            },
        }

    def report(self) -> bytes:
        """The report of the later version with the sheet Bridge."""
        return report_bytes(self.after, bridges=(self.bridges, self.before.path.name, self.before.parsed.deal)).data


def bridge_run(before: DealFile, after: DealFile, *, reading: str | None = None) -> BridgeRun:
    """Bridge PD of every tranche that both versions have; raises KmvError as the core's bridge."""
    old = {each.tranche for each in before.parsed.deal.tranches}
    names = [each.tranche for each in after.parsed.deal.by_rank if each.tranche in old]
    # Without a common tranche the core says so, with the nearest name.
    wanted = names or [after.parsed.deal.by_rank[0].tranche]
    found = tuple(bridge(before.parsed.deal, after.parsed.deal, tranche=name, reading=reading) for name in wanted)
    return BridgeRun(before=before, after=after, bridges=found)


def bridge_tables(found: BridgeRun) -> list[ScreenTable]:
    """One table a tranche."""
    tables: list[ScreenTable] = []
    for each in found.bridges:
        lines = [["变更前 before", "", percent(each.before)]]
        level = each.before
        for part in each.parts:
            level += part.change
            lines.append([f"{part.zh} {part.en}", f"{100.0 * part.change:+.4f} pp", percent(level)])
        lines.append(["变更后 after", "", percent(each.after)])
        title = f"违约概率桥 PD bridge: {each.tranche} ({each.reading}, {each.method})"
        tables.append((title, ("步骤 step", "变动 change", "PD"), lines))
    return tables
