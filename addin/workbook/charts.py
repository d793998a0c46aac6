"""Charts with one look: named fonts, visible axes, no smoothing, nothing that Excel or LibreOffice would guess."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from openpyxl.chart import BarChart, LineChart, Reference, ScatterChart, Series
from openpyxl.chart.data_source import NumFmt
from openpyxl.chart.label import DataLabelList
from openpyxl.chart.layout import Layout, ManualLayout
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.chart.text import RichText
from openpyxl.descriptors import Typed
from openpyxl.drawing.line import LineProperties
from openpyxl.drawing.text import CharacterProperties, Font, Paragraph, ParagraphProperties, RegularTextRun
from openpyxl.worksheet.worksheet import Worksheet

from addin.workbook.style import FONT

COLOURS = ("1F3864", "C55A11", "7F7F7F", "2E75B6", "548235", "7030A0")
MARKERS = ("circle", "square", "triangle", "diamond", "x", "plus")
DASHES: tuple[Any, ...] = ("solid", "dash", "sysDot", "dashDot", "lgDash", "sysDash")
COLOURS_SAID = "深蓝 PD；橙 - 降低；灰 + 抬高（百分点） Blue: PD; orange, -: lowers it; grey, +: raises it (pp)"
"""Of a bridge, in place of a legend."""
_NEARLY_CERTAIN = 0.8
"""A probability above this lets a program end its axis beyond 1."""


class Line(NamedTuple):
    """One series: its name and its cells as (first row, first column, last row, last column)."""

    name: str
    cells: tuple[int, int, int, int]
    colour: int | None = None
    dash: int | None = None


def time_chart(
    sheet: Worksheet,
    anchor: str,
    title: str,
    categories: tuple[int, int, int, int],
    lines: Sequence[Line],
    *,
    form: Literal["line", "stacked", "clustered"] = "line",
    number_format: str = "#,##0",
    y_most: float | None = None,
    size: tuple[float, float] = (24, 9),
) -> None:
    """Lines, or columns with form="stacked" or "clustered", over payment dates."""
    chart: Any = LineChart() if form == "line" else BarChart()
    if form != "line":
        chart.type, chart.grouping, chart.gapWidth = "col", form, 40
        chart.overlap = 100 if form == "stacked" else 0
    for i, each in enumerate(lines):
        series = _series(sheet, each, i, filled=form != "line")
        chart.series.append(series)
    chart.set_categories(_reference(sheet, categories))
    chart.x_axis.number_format = "yyyy-mm"
    _dress(chart, title, number_format, size)
    chart.y_axis.scaling.max = y_most
    if form == "clustered":
        # Columns are compared by their length.
        chart.y_axis.scaling.min = 0
    sheet.add_chart(chart, anchor)


def curve_chart(
    sheet: Worksheet,
    anchor: str,
    title: str,
    across: tuple[int, int, int, int],
    lines: Sequence[Line],
    *,
    x_format: str,
    y_format: str = "0.0%",
    x_limits: tuple[float, float] | None = None,
    y_most: float | None = None,
    size: tuple[float, float] = (12, 7.5),
) -> None:
    """PD against the size of a shock, true to scale on both axes."""
    chart: Any = ScatterChart()
    chart.style, chart.scatterStyle = 2, "lineMarker"
    for i, each in enumerate(lines):
        series = Series(_reference(sheet, each.cells), _reference(sheet, across), title=each.name)
        series.graphicalProperties = _stroke(each, i)
        series.marker.symbol, series.marker.size = MARKERS[i % len(MARKERS)], 5
        series.marker.graphicalProperties = GraphicalProperties(solidFill=_colour(each, i))
        series.smooth = False
        chart.series.append(series)
    chart.x_axis.number_format = x_format
    _dress(chart, title, y_format, size)
    chart.y_axis.scaling.min = 0
    chart.y_axis.tickLblPos = "low"
    chart.y_axis.scaling.max = y_most
    chart.x_axis.majorGridlines = None
    if x_limits is not None:
        chart.x_axis.scaling.min, chart.x_axis.scaling.max = x_limits
    sheet.add_chart(chart, anchor)


def tornado_chart(
    sheet: Worksheet,
    anchor: str,
    title: str,
    names: tuple[int, int, int, int],
    lines: Sequence[Line],
    *,
    y_limits: tuple[float | None, float | None] = (None, None),
    size: tuple[float, float] = (16, 7.5),
) -> None:
    """Change of PD under the low and the high shock of each factor, the largest on top."""
    chart = _bars("clustered", overlap=100, gap=40)
    for i, each in enumerate(lines):
        chart.series.append(_series(sheet, each, i, filled=True))
    _stand(chart, sheet, names, title, size, left=0.36, above=1.6, below=1.9)
    chart.y_axis.scaling.min, chart.y_axis.scaling.max = y_limits
    sheet.add_chart(chart, anchor)


def bar_chart(
    sheet: Worksheet,
    anchor: str,
    title: str,
    names: tuple[int, int, int, int],
    lines: Sequence[Line],
    *,
    y_limits: tuple[float | None, float | None] = (None, None),
    size: tuple[float, float],
) -> None:
    """Horizontal bars beside one another, the first name on top, each with its figure: small ones count too."""
    chart = _bars("clustered", overlap=0, gap=50)
    for i, each in enumerate(lines):
        series = _series(sheet, each, i, filled=True)
        series.dLbls = _figures("0.000%")
        chart.series.append(series)
    _stand(chart, sheet, names, title, size, left=0.38, above=1.2, below=2.0)
    chart.y_axis.scaling.min, chart.y_axis.scaling.max = y_limits
    sheet.add_chart(chart, anchor)


def bars_chart(
    sheet: Worksheet,
    anchor: str,
    title: str,
    across: tuple[int, int, int, int],
    line: Line,
    *,
    y_most: float | None = None,
    size: tuple[float, float],
) -> None:
    """Columns side by side over even steps: how a probability is spread."""
    chart: Any = BarChart()
    chart.type, chart.grouping, chart.gapWidth = "col", "clustered", 10
    chart.series.append(_series(sheet, line, 0, filled=True))
    chart.set_categories(_reference(sheet, across))
    chart.x_axis.number_format = "#,##0"
    chart.x_axis.tickLblSkip = 3
    _dress(chart, title, "0.0%", size)
    chart.x_axis.txPr = _text(700)
    chart.y_axis.scaling.min, chart.y_axis.scaling.max = 0, y_most
    sheet.add_chart(chart, anchor)


def bridge_chart(
    sheet: Worksheet,
    anchor: str,
    title: str,
    names: tuple[int, int, int, int],
    lines: Sequence[Line],
    *,
    figures: Sequence[str],
    y_most: float | None = None,
    size: tuple[float, float],
) -> None:
    """A waterfall of horizontal bars, the first name on top: the first series is the empty space the others stand on.

    `figures` are the number formats of what is written on the bars of the other series; empty cells have no bar.
    The title's second line says what the colours are.
    """
    chart = _bars("stacked", overlap=100, gap=40)
    for i, each in enumerate(lines):
        series = _series(sheet, each, i - 1 if each.colour is None else each.colour, filled=True)
        if i == 0:
            series.graphicalProperties = GraphicalProperties(noFill=True, ln=LineProperties(noFill=True))
        else:
            # On white: a label is wider than a small bar, and dark bars would swallow it.
            series.dLbls = _figures(figures[i - 1])
            series.dLbls.spPr = GraphicalProperties(solidFill="FFFFFF")
        chart.series.append(series)
    _stand(chart, sheet, names, title, size, left=0.34, above=1.7, below=0.9)
    # Programs differ in which entry of a legend is the first: none, the title says what the bars are.
    chart.legend = None
    chart.y_axis.scaling.min, chart.y_axis.scaling.max = 0, y_most
    sheet.add_chart(chart, anchor)


def pd_most(highest: float) -> float | None:
    """The end of an axis of probabilities: 1 where a value comes near it, else the program's own choice."""
    return 1.0 if _NEARLY_CERTAIN < highest <= 1.0 + 1e-9 else None


def round_up(value: float) -> float:
    """The next 1, 2, 2.5 or 5 times a power of ten: an end for an axis."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(each * power for each in (1.0, 2.0, 2.5, 5.0, 10.0) if each * power >= value * (1.0 - 1e-9))


def _bars(grouping: str, *, overlap: int, gap: int) -> Any:
    chart: Any = BarChart()
    chart.type, chart.grouping, chart.overlap, chart.gapWidth = "bar", grouping, overlap, gap
    return chart


def _stand(
    chart: Any,
    sheet: Worksheet,
    names: tuple[int, int, int, int],
    title: str,
    size: tuple[float, float],
    *,
    left: float,
    above: float,
    below: float,
) -> None:
    """Every bar by its name, the first on top; title and legend take the same centimetres in a tall chart as in a low one."""
    chart.set_categories(_reference(sheet, names))
    _dress(chart, title, "0.0%", size)
    chart.x_axis.scaling.orientation = "maxMin"
    chart.x_axis.tickLblPos = "low"
    chart.x_axis.tickLblSkip = 1
    chart.y_axis.crosses = "max"
    top, rest = above / size[1], 1.0 - (above + below) / size[1]
    frame = ManualLayout(layoutTarget="inner", xMode="edge", yMode="edge", x=left, y=top, w=0.94 - left, h=rest)
    chart.layout = Layout(frame)


def bars_height(names: int, lines: int) -> float:
    """Centimetres of a bar chart in which every bar can be read, at most a printed page."""
    return min(4.0 + 0.75 * names * (1.0 + 0.4 * lines), 17.0)


def _series(sheet: Worksheet, line: Line, i: int, *, filled: bool) -> Any:
    series: Any = Series(_reference(sheet, line.cells), title=line.name)
    if filled:
        series.graphicalProperties = GraphicalProperties(solidFill=COLOURS[i % len(COLOURS)])
        series.invertIfNegative = False
    else:
        series.graphicalProperties = _stroke(line, i)
        series.marker.symbol = "none"
        series.smooth = False
    return series


def _colour(line: Line, i: int) -> str:
    return COLOURS[(i if line.colour is None else line.colour) % len(COLOURS)]


def _stroke(line: Line, i: int) -> GraphicalProperties:
    # Never colour alone: each line has its own dash or marker too.
    dash = DASHES[(i if line.dash is None else line.dash) % len(DASHES)]
    return GraphicalProperties(ln=LineProperties(solidFill=_colour(line, i), prstDash=dash, w=22_000))


def _reference(sheet: Worksheet, cells: tuple[int, int, int, int]) -> Reference:
    first_row, first_column, last_row, last_column = cells
    return Reference(sheet, min_row=first_row, min_col=first_column, max_row=last_row, max_col=last_column)


def _dress(chart: Any, title: str, number_format: str, size: tuple[float, float]) -> None:
    chart.width, chart.height = size
    chart.title = title
    first, *others = title.split("\n")
    chart.title.tx.rich.p = [_paragraph(first, 1100, bold=True), *(_paragraph(each, 900) for each in others)]
    chart.title.overlay = False
    chart.legend.position = "b"
    chart.legend.txPr = _text(900)
    chart.y_axis.number_format = number_format
    chart.y_axis.majorGridlines.spPr = GraphicalProperties(ln=LineProperties(solidFill="D9D9D9", w=6_000))
    for axis in (chart.x_axis, chart.y_axis):
        axis.delete = False
        axis.title = None
        axis.txPr = _text(900)
    chart.graphical_properties = GraphicalProperties(ln=LineProperties(solidFill="BFBFBF", w=6_000))
    chart.layout = Layout(
        ManualLayout(layoutTarget="inner", xMode="edge", yMode="edge", x=0.09, y=0.14, w=0.87, h=0.62)
    )


class _Labels(DataLabelList):
    """Labels whose number format is their own: openpyxl leaves out that it is not the cells'."""

    numFmt: Any = Typed(expected_type=NumFmt, allow_none=True)  # noqa: N815  # openpyxl's name
    __elements__ = DataLabelList.__elements__
    __nested__ = tuple(each for each in DataLabelList.__nested__ if each != "numFmt")


def _figures(number_format: str) -> DataLabelList:
    """The value on every bar and nothing else."""
    labels = _Labels(showVal=True, txPr=_text(800))
    labels.numFmt = NumFmt(number_format, sourceLinked=False)
    for other in ("showSerName", "showCatName", "showLegendKey", "showPercent", "showLeaderLines"):
        setattr(labels, other, False)
    return labels


def _text(size: int) -> RichText:
    look = _characters(size)
    return RichText(p=[Paragraph(pPr=ParagraphProperties(defRPr=look), endParaRPr=look)])


def _paragraph(text: str, size: int, *, bold: bool = False) -> Paragraph:
    look = _characters(size, bold=bold)
    return Paragraph(pPr=ParagraphProperties(defRPr=look), r=[RegularTextRun(rPr=look, t=text)])


def _characters(size: int, *, bold: bool = False) -> CharacterProperties:
    return CharacterProperties(sz=size, b=bold, latin=Font(typeface=FONT), ea=Font(typeface="DengXian"))
