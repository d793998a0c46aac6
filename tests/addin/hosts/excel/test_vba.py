"""The wrappers against the registry, and what stands beside them in a workbook's project."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from addin.functions import REGISTRY
from addin.functions.registry import MOST_ARGUMENTS, Argument
from addin.hosts.excel.project_reader import read_project
from addin.hosts.excel.vba import RESERVED, argument_name, host_code, macro_project, wrapper_code
from addin.hosts.excel.xlwings_vba import xlwings_modules
from kmv_core.vocabulary.errors import KINDS
from kmv_core.vocabulary.terms import TERMS

CODE = wrapper_code(list(REGISTRY.values()))


def procedures(code):
    """Name, arguments and body of every public function, continued lines joined."""
    joined = code.replace(" _\n", " ")
    found = re.findall(
        r"^Public Function (\w+)\((.*?)\) As Variant\n(.*?)^End Function", joined, re.DOTALL | re.MULTILINE
    )
    return {
        name: ([re.sub(r"\s+", " ", each).strip() for each in words.split(",") if each.strip()], body)
        for name, words, body in found
    }


def test_one_procedure_for_every_function_and_no_other():
    assert list(procedures(CODE)) == list(REGISTRY)
    assert CODE.count("Public Function") == len(REGISTRY)
    assert not re.search(r"^(Function|Sub|Public Sub)", CODE, re.MULTILINE)


@pytest.mark.parametrize("name", list(REGISTRY))
def test_arguments_in_their_order_and_optional_where_they_are(name):
    record = REGISTRY[name]
    words, body = procedures(CODE)[name]
    assert words == [
        argument_name(each.name) if each.required else f"Optional {argument_name(each.name)}"
        for each in record.arguments
    ]
    handed = re.search(r"Array\((.*)\)\)", body)[1]
    expected = [
        f"KmvFailures({each.name})" if each.term.kind == "cells" else argument_name(each.name)
        for each in record.arguments
    ]
    assert re.sub(r"\s+", " ", handed) == ", ".join(expected)
    assert ("KmvInWizard" in body) is record.heavy
    assert f'("{name}", ' in body


def test_source_is_ascii_with_short_lines():
    for code in (CODE, host_code()):
        assert code.isascii()
        assert max(map(len, code.splitlines())) <= 120
        assert "\t" not in code
    assert "Volatile" not in CODE + host_code()


def test_the_error_of_every_code_is_the_vocabulary_s():
    def codes(constant):
        (text,) = re.findall(
            rf"^Public Const {constant} As String = (.*?)\n\n|\Z",
            CODE.replace("& _\n", "& ") + "\n",
            re.DOTALL | re.MULTILINE,
        )[:1]
        return re.findall(r"[EW]\d{3}", text.split("Public Const", 1)[0])

    assert codes("KmvNumCodes") == [each.code for each in KINDS.values() if each.cell_error == "#NUM!"]
    assert codes("KmvNaCodes") == [each.code for each in KINDS.values() if each.cell_error == "#N/A"]


def test_a_word_of_the_language_is_no_argument_name():
    assert argument_name("date") == "date_"
    assert argument_name("deal") == "deal"
    record = REGISTRY["TRANCHE_PD"]
    taken = replace(record.arguments[0].term, name="date")
    code = wrapper_code([replace(record, arguments=(Argument(taken, True, None),))])
    assert "TRANCHE_PD(date_)" in code
    assert not any(argument_name(name) in RESERVED for name in TERMS)


def test_the_widest_function_fits():
    record = REGISTRY["SENSITIVITY"]
    many = tuple(
        Argument(replace(record.arguments[0].term, name=f"a_rather_long_argument_name_{i}"), False, None)
        for i in range(MOST_ARGUMENTS)
    )
    code = wrapper_code([replace(record, arguments=many)])
    assert max(map(len, code.splitlines())) <= 120
    assert len(procedures(code)["SENSITIVITY"][0]) == MOST_ARGUMENTS


def test_cells_the_host_looks_at_are_told_by_their_term_not_by_a_name():
    record = REGISTRY["TRANCHE_PD"]
    cells = replace(record.arguments[0].term, name="anything", kind="cells")
    body = procedures(wrapper_code([replace(record, arguments=(Argument(cells, True, None),))]))["TRANCHE_PD"][1]
    assert 'KmvList("TRANCHE_PD", Array(KmvFailures(anything)))' in body


def test_xlwings_own_text_but_for_the_project_name():
    import xlwings

    module, dictionary = xlwings_modules()
    assert f'XLWINGS_VERSION As String = "{xlwings.__version__}"' in module.code
    assert module.code.count('PROJECT_NAME As String = "kmv-abs"') == 1
    original = read_text(xlwings, "xlwings.bas").split("\n", 1)[1]
    assert module.code.replace('As String = "kmv-abs"', 'As String = "xlwings"').rstrip() == original.rstrip()
    assert dictionary.code.rstrip() in read_text(xlwings, "addin/Dictionary.cls")
    assert "Attribute VB_Base" in dictionary.source
    assert "VERSION 1.0 CLASS" not in dictionary.source
    for notice in ("BSD 3-clause license", "Copyright (C) 2014-present, Zoomer Analytics LLC"):
        assert notice in module.code
    assert "@license: MIT" in dictionary.code


def read_text(package, name):
    from pathlib import Path

    return "\n".join((Path(package.__file__).parent / name).read_text(encoding="ascii").splitlines())


def test_every_class_xlwings_needs_is_inside():
    modules = {each.name: each.source for each in read_project(macro_project(["Sheet1"])).modules}
    wanted = set(re.findall(r"= New (\w+)", "".join(modules.values()))) | set(
        re.findall(r"As New (\w+)", "".join(modules.values()))
    )
    assert wanted - {"Collection"} <= set(modules)
    assert set(modules) == {"ThisWorkbook", "Sheet1", "xlwings", "Dictionary", "kmv_host", "kmv_udfs"}
    assert "Workbook_Open" in modules["ThisWorkbook"]
