"""Drives an office over its pipe: a JSON list a line in, an answer a line out. Runs under LibreOffice's Python."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

SECONDS = 60


def connected(pipe: str) -> Any:
    import uno

    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    end = time.monotonic() + SECONDS
    while True:
        try:
            return resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext").ServiceManager
        except Exception:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


class Driver:
    def __init__(self, services: Any) -> None:
        self.services, self.document = services, None
        self.desktop = services.createInstance("com.sun.star.frame.Desktop")

    def open(self, url: str) -> None:
        from com.sun.star.beans import PropertyValue

        hidden = PropertyValue()
        hidden.Name, hidden.Value = "Hidden", True
        if self.document is not None:
            self.document.close(True)
        self.document = self.desktop.loadComponentFromURL(url, "_blank", 0, (hidden,))

    def sheet(self, name: str) -> None:
        self.document.Sheets.insertNewByName(name, 0)

    def set(self, sheet: str, cell: str, formula: str) -> None:
        self.area(sheet, cell).setFormula(formula)

    def fill(self, sheet: str, area: str, formulas: Any) -> None:
        self.area(sheet, area).setFormulaArray(tuple(map(tuple, formulas)))

    def array(self, sheet: str, area: str, formula: str) -> None:
        self.area(sheet, area).setArrayFormula(formula)

    def calculate(self) -> float:
        start = time.monotonic()
        self.document.calculateAll()
        return time.monotonic() - start

    def show(self, sheet: str, area: str) -> Any:
        cells = self.area(sheet, area)
        size = cells.RangeAddress
        return [
            [self.cell(cells.getCellByPosition(j, i)) for j in range(size.EndColumn - size.StartColumn + 1)]
            for i in range(size.EndRow - size.StartRow + 1)
        ]

    def cell(self, cell: Any) -> Any:
        return [cell.getFormula(), cell.getValue(), cell.getString(), cell.getError()]

    def described(self, name: str) -> Any:
        """What the Function Wizard knows of a function: description, and each argument's name, help and optionality."""
        descriptions = self.services.createInstance("com.sun.star.sheet.FunctionDescriptions")
        known = {each.Name: each.Value for each in descriptions.getByName(name)}
        arguments = [[each.Name, each.Description, each.IsOptional] for each in known["Arguments"] or ()]
        return [known["Description"], arguments]

    def area(self, sheet: str, area: str) -> Any:
        return self.document.Sheets.getByName(sheet).getCellRangeByName(area)


def say(answer: Any) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def main() -> None:
    driver = Driver(connected(sys.argv[1]))
    say("ready")
    for line in sys.stdin:
        command, *arguments = json.loads(line)
        if command == "end":
            if driver.document is not None:
                driver.document.close(True)
            driver.desktop.terminate()
            return
        try:
            answer = getattr(driver, command)(*arguments)
        except Exception as fault:
            answer = {"fault": f"{type(fault).__name__}: {fault}"}
        say(answer)


if __name__ == "__main__":
    main()
