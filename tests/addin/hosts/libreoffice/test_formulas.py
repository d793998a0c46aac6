from __future__ import annotations

import pytest

from addin.hosts.libreoffice.inside.formulas import Literal, Name, Reference, parsed


def test_every_kind_of_argument():
    call = parsed("=KMVABS.FUNCTIONS.KMVPD(1;-0.0015;10%;\"a\"\"b\";TRUE();;deal;$A$1:B3;$'It''s (1)'.$C4)")
    assert call is not None
    assert call.function == "KMVABS.FUNCTIONS.KMVPD"
    assert call.arguments == [
        Literal(1.0),
        Literal(-0.0015),
        Literal(0.1),
        Literal('a"b'),
        Literal(1.0),
        Literal(None),
        Name("deal"),
        Reference(None, "$A$1:B3"),
        Reference("It's (1)", "$C4"),
    ]


def test_array_formulas_and_arrays_of_literals():
    assert parsed("{=F.TRANCHE(deal;{1;2.5|3;4})}") == (
        "F.TRANCHE",
        [Name("deal"), Literal([[1.0, 2.5], [3.0, 4.0]])],
    )
    assert parsed("=F.VERSION()") == ("F.VERSION", [])


def test_chinese_sheets_and_separators_inside_quotes():
    assert parsed('=F.X($项目.A1;"a;b(")') == ("F.X", [Reference("项目", "A1"), Literal("a;b(")])


@pytest.mark.parametrize(
    "formula",
    [
        "",
        "5",
        "=A1",
        "=1+F.X(1)",
        "=F.X(1)+1",
        "=F.X(1)+F.X(2)",
        "=F.X(A1*2)",
        "=F.X(G.Y(1))",
        "=F.X(-A1)",
        "=F.X((A1)",
        "=F.X('file:///x.ods'#$A.A1)",
        "=F.X({1;A1})",
        '=F.X("a"b")',
    ],
)
def test_anything_else_is_not_read(formula):
    assert parsed(formula) is None
