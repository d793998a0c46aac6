"""What `kmv install` leaves on a user's machine, in folders that stand for the user's own."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from addin.cli import app
from addin.hosts.excel.settings import addin_path, conf_path, read_conf
from addin.hosts.excel.xlsm_check import check_macro_workbook
from addin.hosts.libreoffice.install import extension_state
from addin.install import install_excel, install_libreoffice, remove_excel, remove_libreoffice
from addin.machine import look
from kmv_core import __version__
from kmv_core.vocabulary.errors import KmvError
from tests.judges.calc_addin import office


@pytest.fixture
def places(tmp_path: Path) -> dict[str, Path]:
    return {"home": tmp_path / "home", "appdata": tmp_path / "roaming"}


def test_excel_gets_settings_and_a_sound_add_in(places):
    said: list[str] = []
    install_excel(said.append, **places)
    settings = read_conf(conf_path(places["home"]).read_text(encoding="utf-8"))
    assert settings["INTERPRETER_WIN"] == sys.executable
    assert settings["UDF MODULES"] == "addin.hosts.excel.udfs"
    assert not list(check_macro_workbook(addin_path(places["appdata"])))
    assert len(said) == 2
    seen = look(**places)
    assert seen.addin.versions.kmv == __version__
    assert seen.addin.versions.xlwings == seen.xlwings


def test_a_second_install_keeps_what_the_user_added(places):
    install_excel(lambda line: None, **places)
    conf = conf_path(places["home"])
    conf.write_text(conf.read_text(encoding="utf-8") + '"SHOW_ERROR_POPUPS","False"\n', encoding="utf-8")
    install_excel(lambda line: None, **places)
    settings = read_conf(conf.read_text(encoding="utf-8"))
    assert settings["SHOW_ERROR_POPUPS"] == "False"
    assert settings["INTERPRETER_WIN"] == sys.executable
    assert [each.name for each in conf.parent.iterdir()] == [conf.name]


def test_remove_takes_both_away(places):
    install_excel(lambda line: None, **places)
    remove_excel(lambda line: None, **places)
    assert not conf_path(places["home"]).exists()
    assert not addin_path(places["appdata"]).exists()


def test_excel_needs_windows(places, monkeypatch):
    monkeypatch.delenv("APPDATA", raising=False)
    with pytest.raises(KmvError) as refused:
        install_excel(lambda line: None, home=places["home"])
    assert refused.value.code == "E930"
    shown = CliRunner().invoke(app, ["install", "--excel"])
    assert shown.exit_code == 1


def test_libreoffice_gets_the_extension_and_gives_it_back(tmp_path):
    program = office()
    profile = tmp_path / "profile"
    install_libreoffice(lambda line: None, profile=profile)
    assert extension_state(program, profile) == __version__
    remove_libreoffice(lambda line: None, profile=profile)
    assert extension_state(program, profile) is None


def test_an_old_libreoffice_is_refused(monkeypatch, tmp_path):
    monkeypatch.setattr("addin.install.find_office", lambda: [(tmp_path / "soffice", (7, 4, 7))])
    with pytest.raises(KmvError) as refused:
        install_libreoffice(lambda line: None)
    assert refused.value.code == "E911"
    monkeypatch.setattr("addin.install.find_office", list)
    with pytest.raises(KmvError) as nothing:
        install_libreoffice(lambda line: None)
    assert nothing.value.code == "E931"
