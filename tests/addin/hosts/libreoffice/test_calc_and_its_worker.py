"""An office and its worker: who starts, who ends, and what cells show meanwhile."""

from __future__ import annotations

import os
import shutil
import signal
import time
from pathlib import Path

from addin.functions import REGISTRY
from tests.judges.calc_addin import Session

PD = "=KMV_PD(100;80;0.2)"
VALUE = REGISTRY["KMV_PD"].call(100.0, 80.0, 0.2)


def gone(process: int, seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while Path(f"/proc/{process}").exists() and time.monotonic() < end:
        if Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
            return True
        time.sleep(0.05)
    return not Path(f"/proc/{process}").exists()


def test_no_worker_before_the_first_call(own_profile):
    session = Session(own_profile)
    try:
        session.ask("open", "private:factory/scalc")
        assert session.formula("A1", "=1+1").value == 2.0
        assert session.workers() == []
        assert session.formula("A1", PD).value == VALUE
        (worker,) = session.workers()
        session.kill()
        assert gone(worker)
    finally:
        session.end()


def test_killed_in_the_middle_of_a_recalculation(calc):
    calc.ask("fill", "Sheet1", "A1:A40", [[f"=KMV_PD({100 + i};80;0.2)"] for i in range(40)])
    calc.ask("calculate")
    before = [row[0].value for row in calc.show("Sheet1", "A1:A40")]
    (worker,) = calc.workers()
    # Stopped, it leaves the office waiting in the middle of the first cell.
    os.kill(worker, signal.SIGSTOP)
    calc.tell("calculate")
    time.sleep(0.3)
    os.kill(worker, signal.SIGKILL)
    calc.answer()
    shown = [row[0] for row in calc.show("Sheet1", "A1:A40")]
    failed = [i for i, cell in enumerate(shown) if cell.error]
    assert failed
    assert all(cell.error or cell.value == before[i] for i, cell in enumerate(shown))
    calc.ask("array", "Sheet1", "C1:F3", "=KMV_ERRORS(A1:A40;3)")
    first = calc.show("Sheet1", "C1:F3")[0]
    assert (first[0].text, first[1].text, first[2].text) == (f"Sheet1!A{failed[0] + 1}", "KMV_PD", "E910")
    calc.ask("calculate")
    again = [row[0] for row in calc.show("Sheet1", "A1:A40")]
    assert not any(cell.error for cell in again)
    assert [cell.value for cell in again] == before
    assert calc.workers() != [worker]


def test_two_offices_have_a_worker_each(calc, own_profile):
    calc.formula("A1", PD)
    second = Session(own_profile)
    try:
        second.ask("open", "private:factory/scalc")
        rows = [[f"=KMV_PD({100 + i};80;0.2)"] for i in range(300)]
        for each in (calc, second):
            each.ask("fill", "Sheet1", "A1:A300", rows)
            each.tell("calculate")
        for each in (calc, second):
            each.answer()
        (first_worker,), (second_worker,) = calc.workers(), second.workers()
        assert first_worker != second_worker
        assert calc.show("Sheet1", "A1:A300") == second.show("Sheet1", "A1:A300")
    finally:
        second.end()
    assert gone(second_worker)
    assert calc.formula("B1", PD).value == VALUE
    assert calc.workers() == [first_worker]


def test_without_its_python_cells_are_errors_and_the_list_says_why(profile, tmp_path):
    copy = shutil.copytree(profile, tmp_path / "profile", symlinks=True)
    session = Session(copy, {"KMV_ABS_PYTHON": str(tmp_path / "removed" / "python")})
    try:
        session.ask("open", "private:factory/scalc")
        session.ask("fill", "Sheet1", "A1:A500", [[PD]] * 500)
        assert session.ask("calculate") < 5.0
        assert all(row[0].error for row in session.show("Sheet1", "A1:A500"))
        session.ask("array", "Sheet1", "C1:F4", "=KMV_ERRORS(A1:A500;4)")
        shown = session.show("Sheet1", "C1:F4")
        assert [(row[0].text, row[1].text, row[2].text) for row in shown[:3]] == [
            (f"Sheet1!A{i}", "KMV_PD", "E910") for i in (1, 2, 3)
        ]
        assert "removed" in shown[0][3].text
        assert "kmv doctor" in shown[0][3].text
        assert shown[3][3].text.startswith("+497")
    finally:
        session.end()


def test_many_cells(calc):
    """Each cell is a call of its own."""
    count = 2_000
    calc.ask("fill", "Sheet1", f"A1:A{count}", [[f"=KMV_PD({100 + i / 16};80;0.25)"] for i in range(count)])
    assert calc.ask("calculate") < 20.0
    assert calc.one("Sheet1", f"A{count}").value == REGISTRY["KMV_PD"].call(100 + (count - 1) / 16, 80.0, 0.25)


def test_many_cells_as_one_array(calc):
    calc.ask("fill", "Sheet1", "B1:B10000", [[str(100 + i / 16)] for i in range(10_000)])
    calc.ask("array", "Sheet1", "A1:A10000", "=KMV_PD(B1:B10000;80;0.25)")
    assert calc.ask("calculate") < 5.0
    expected = REGISTRY["KMV_PD"].call([[100 + i / 16] for i in range(10_000)], 80.0, 0.25)
    assert calc.one("Sheet1", "A10000").value == expected[-1][0]
