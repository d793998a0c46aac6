"""Each fault of a machine gives one line with its mend; a sound machine gives none."""

from __future__ import annotations

import struct
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from addin import machine as facts
from addin.cli import app
from addin.doctor import diagnose
from addin.hosts.excel.macro_versions import MacroVersions
from addin.hosts.excel.settings import conf_path, conf_settings, conf_text, program_bits, read_conf
from addin.machine import AddIn, Excel, Interpreter, Machine, Office, read_settings


@pytest.fixture
def sound(tmp_path: Path) -> Machine:
    """A Windows machine on which everything fits; its files are real."""
    interpreter = tmp_path / "env" / "Scripts" / "python.exe"
    interpreter.parent.mkdir(parents=True)
    interpreter.write_bytes(b"")
    (tmp_path / "env" / "xlwings64-0.37.8.dll").write_bytes(b"")
    conf = tmp_path / "kmv-abs.conf"
    conf.write_text(conf_text(conf_settings(interpreter)), encoding="utf-8")
    return Machine(
        system="Windows",
        interpreter=Interpreter(path=interpreter, version=(3, 12, 1), bits=64),
        xlwings="0.37.8",
        settings=read_settings(conf),
        addin=AddIn(path=tmp_path / "kmv.xlam", versions=MacroVersions(kmv="9.9.9", xlwings="0.37.8")),
        excel=Excel(path=Path(r"C:\Program Files\Microsoft Office\root\Office16\EXCEL.EXE"), bits=64),
        offices=(Office(path=Path("soffice"), version=(25, 2, 3), extension="9.9.9"),),
        kmv="9.9.9",
    )


def codes(machine: Machine) -> list[str]:
    return [each.wrong.code for each in diagnose(machine) if each.wrong is not None]


def test_a_sound_machine_has_nothing_to_mend(sound):
    assert codes(sound) == []
    assert all(str(each).startswith("ok ") for each in diagnose(sound))


def test_missing_interpreter(sound):
    gone = {**sound.settings.values, "INTERPRETER_WIN": str(sound.interpreter.path.with_name("gone.exe"))}
    assert codes(replace(sound, settings=replace(sound.settings, values=gone))) == ["E921"]
    assert codes(replace(sound, settings=replace(sound.settings, values=None))) == ["E921"]


def test_relative_interpreter(sound):
    relative = {**sound.settings.values, "INTERPRETER_WIN": "python"}
    assert codes(replace(sound, settings=replace(sound.settings, values=relative)))[0] == "E922"


def test_versions_that_differ(sound):
    assert codes(replace(sound, xlwings="0.36.0")) == ["E923", "E925"]  # the DLL carries the version in its name
    assert codes(replace(sound, addin=replace(sound.addin, versions=MacroVersions("9.9.8", "0.37.8")))) == ["E929"]
    assert codes(replace(sound, addin=replace(sound.addin, versions=None))) == ["E929"]
    assert codes(replace(sound, addin=replace(sound.addin, versions=MacroVersions("", "")))) == ["E929"]
    assert codes(replace(sound, xlwings=None)) == ["E933", "E923"]


def test_excel_of_the_store(sound):
    store = Path(r"C:\Program Files\WindowsApps\Microsoft.Office.Desktop.Excel_16051\Office16\EXCEL.EXE")
    assert codes(replace(sound, excel=replace(sound.excel, path=store))) == ["E924"]


def test_wrong_bitness(sound):
    assert codes(replace(sound, excel=replace(sound.excel, bits=32))) == ["E925"]
    assert codes(replace(sound, interpreter=replace(sound.interpreter, bits=32))) == ["E932"]


def test_old_python(sound):
    assert codes(replace(sound, interpreter=replace(sound.interpreter, version=(3, 10, 9)))) == ["E920"]


@pytest.mark.parametrize("data", [b"\xff\xfe\x00bad", b'"ONLY ONE"\r\n'])
def test_unreadable_settings(sound, data):
    sound.settings.path.write_bytes(data)
    assert codes(replace(sound, settings=read_settings(sound.settings.path)))[0] == "E926"


def test_settings_that_are_a_folder(sound, tmp_path):
    assert codes(replace(sound, settings=read_settings(tmp_path)))[0] == "E926"


def test_old_libreoffice_and_missing_extension(sound):
    (office,) = sound.offices
    assert codes(replace(sound, offices=(replace(office, version=(7, 4, 7)),))) == ["E911"]
    assert codes(replace(sound, offices=(replace(office, extension=None),))) == ["E928"]
    assert codes(replace(sound, offices=(replace(office, extension="9.9.8"),))) == ["E928"]


def test_no_spreadsheet_program(sound):
    assert codes(replace(sound, excel=None, offices=())) == ["E931"]


def test_every_finding_is_one_line_with_its_mend_in_both_languages(sound):
    broken = replace(
        sound,
        interpreter=replace(sound.interpreter, version=(3, 9, 0)),
        settings=replace(sound.settings, values=None, fault="UnicodeDecodeError"),
        addin=None,
        excel=replace(sound.excel, bits=32),
        offices=tuple(replace(each, version=(24, 8, 1)) for each in sound.offices),
    )
    wrong = [each for each in diagnose(broken) if each.wrong is not None]
    assert [each.wrong.code for each in wrong] == ["E920", "E926", "E929", "E925", "E911"]
    for each in wrong:
        assert "\n" not in str(each)
        assert str(each).startswith("MEND ")
        assert ":" in each.wrong.en
        assert "：" in each.wrong.zh


def test_the_command_prints_a_line_a_finding_and_fails_when_one_is_wrong(sound, monkeypatch):
    monkeypatch.setattr(facts, "look", lambda: sound)
    fine = CliRunner().invoke(app, ["doctor"])
    assert fine.exit_code == 0
    assert len(fine.output.splitlines()) == len(diagnose(sound))
    broken = replace(sound, xlwings="0.36.0")
    monkeypatch.setattr(facts, "look", lambda: broken)
    found = CliRunner().invoke(app, ["doctor"])
    assert found.exit_code == 1
    assert [line for line in found.output.splitlines() if line.startswith("MEND")]


def test_settings_are_read_back_as_written():
    settings = conf_settings(Path(r"C:\用户\张三 a\python.exe"))
    assert read_conf(conf_text(settings)) == settings
    assert conf_path(Path("home")) == Path("home/.kmv-abs/kmv-abs.conf")


@pytest.mark.parametrize(("mark", "bits"), [(0x014C, 32), (0x8664, 64), (0xAA64, 64), (0x1234, None)])
def test_bits_of_a_program(tmp_path, mark, bits):
    program = tmp_path / "EXCEL.EXE"
    program.write_bytes(
        b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", 0x80) + b"\0" * 0x40 + struct.pack("<4sH", b"PE\0\0", mark)
    )
    assert program_bits(program) == bits


def test_bits_of_something_else(tmp_path):
    program = tmp_path / "EXCEL.EXE"
    program.write_bytes(b"MZ")
    assert program_bits(program) is None
    assert program_bits(tmp_path / "none") is None
