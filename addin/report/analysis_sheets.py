"""The sheets of the analyses, in the order in which a committee asks."""

from __future__ import annotations

from dataclasses import dataclass

from addin.report.enhancement_sheet import write_enhancement
from addin.report.grid_sheet import write_grid
from addin.report.methods_sheet import write_methods
from addin.report.register_sheet import RegisterSheet, write_register
from addin.report.scenarios_sheet import ScenariosSheet, write_scenarios
from addin.report.sizing_sheet import SizingSheet, write_sizing
from addin.report.tornado_sheet import TornadoSheet, write_tornado
from addin.workbook.native.context import Native
from kmv_core.methods.table import MethodTable
from kmv_core.risk.enhancement import EnhancementValue
from kmv_core.risk.grid import SensitivityGrid

SHEETS = ("Grid", "Tornado", "Scenarios", "Sizing", "Enhancement", "Methods", "Register")


@dataclass(frozen=True, slots=True, kw_only=True)
class Analyses:
    """What stands on the sheets."""

    grid: SensitivityGrid
    tornado: TornadoSheet
    scenarios: ScenariosSheet
    sizing: SizingSheet
    enhancement: EnhancementValue | None
    methods: MethodTable | None
    register: RegisterSheet


def write_analyses(native: Native) -> Analyses:
    """Every sheet of SHEETS."""
    grid = write_grid(native)
    tornado = write_tornado(native)
    return Analyses(
        grid=grid,
        tornado=tornado,
        scenarios=write_scenarios(native, tornado.found),
        sizing=write_sizing(native),
        enhancement=write_enhancement(native),
        methods=write_methods(native),
        register=write_register(native),
    )
