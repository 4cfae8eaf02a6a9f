"""The report as a PDF on A4, with the same content as its HTML page."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from textwrap import shorten, wrap
from typing import TYPE_CHECKING, TypedDict, Unpack
from xml.sax.saxutils import escape

from leydig.extras import extra
from leydig.reports.pages.html import (
    ListStyle,
    Mark,
    Page,
    Pairs,
    Picture,
    Points,
    ReportBlock,
    ReportReader,
    Section,
    Table,
    Tone,
    picture_bytes,
)

if TYPE_CHECKING:
    from reportlab.pdfgen.canvas import Canvas
    from reportlab.platypus import BaseDocTemplate, Flowable

__all__ = ["pdf_page"]

MARGIN = 26.0  # points
WHOSE = ("Man", "For", "Date")  # facts that stand at the foot of each sheet
GAP = 12.0  # points between columns
INSIDE = 12.0  # points that a frame takes from the width of what stands in it
LONELY = 6.0  # lines that must fit under a heading
LINE, SOFT, BLUE_INK = "#c9ced3", "#59636e", "#0072B2"
SIDE = {Mark.WARNING: "#E69F00", Mark.CRITICAL: "#D55E00"}
SHADE = {Mark.CRITICAL: "#fdeee6"}
GROUND = {  # ground and stripe
    Tone.LEAD: ("#eaf6f2", "#009E73"), Tone.WARNING: ("#fdf4e3", "#E69F00"), Tone.NOTICE: ("#eef4f8", "#0072B2"),
    Tone.CRITICAL: ("#fdeee6", "#D55E00"),
}  # fmt: skip
INK = {Mark.MUTED: SOFT, Mark.GOOD: "#00664b"}
SIGN = {ListStyle.PLAIN: "•", ListStyle.BOXES: "☐"}
_FACES = {"Leydig": "DejaVuSans.ttf", "Leydig-Bold": "DejaVuSans-Bold.ttf"}


@dataclass(frozen=True)
class _Look:
    """Sizes of one reader's page [points]."""

    text: float
    small: float
    pad: float
    columns: int

    @property
    def line(self) -> float:
        """Height of a line, as a share of the size of its letters."""
        return 1.22 if self.columns > 1 else 1.4


PIECE = 500  # letters of a cell: what has more goes on in the next row
LEAST = 8.0  # points: nothing on paper is smaller
LOOKS = {ReportReader.CLINICIAN: _Look(LEAST, LEAST, 1.2, 2), ReportReader.PATIENT: _Look(10.0, 9.0, 3.0, 1)}


def pdf_page(page: Page) -> bytes:
    """Return a report as PDF, the same bytes for the same page."""
    with extra("reports"):
        from reportlab.lib.pagesizes import A4
        from reportlab.platypus import SimpleDocTemplate

    _fonts()
    written = io.BytesIO()
    document = SimpleDocTemplate(
        written, pagesize=A4, leftMargin=MARGIN, rightMargin=MARGIN, topMargin=MARGIN, bottomMargin=MARGIN,
        title=page.title, author="Leydig", subject=page.notice, lang="en", invariant=1,
    )  # fmt: skip
    sheet = _Sheet(page, A4[0] - 2.0 * MARGIN - 12.0)
    document.build(sheet.story(), onFirstPage=sheet.foot, onLaterPages=sheet.foot)
    return written.getvalue()


def _fonts() -> None:
    """Make the letters known that are shipped with matplotlib: they have every sign that a report needs."""
    with extra("reports"):
        import matplotlib
        from reportlab.lib.fonts import addMapping
        from reportlab.pdfbase.pdfmetrics import registerFont
        from reportlab.pdfbase.ttfonts import TTFont

    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    for name, file in _FACES.items():
        registerFont(TTFont(name, str(folder / file)))
    for bold, name in enumerate(_FACES):
        addMapping("Leydig", bold, 0, name)


def _pieces(cells: Sequence[str]) -> list[tuple[str, ...]]:
    """Return a row as rows of which each is low: one that is higher than a sheet is laid out without end."""
    parts = [wrap(cell, PIECE, break_on_hyphens=False) if len(cell) > PIECE else [cell] for cell in cells]
    return list(zip_longest(*parts, fillvalue=""))


_Command = tuple[object, ...]  # of the style of a table: what, from which cell, to which, how


class _TextLook(TypedDict, total=False):
    """How a paragraph looks, as `_Sheet.paragraph` reads it."""

    bold: bool
    ink: str | None
    before: float
    after: float
    sign: str


class _Sheet:
    """A page while it is laid out."""

    def __init__(self, page: Page, width: float) -> None:
        self.page, self.width, self.look = page, width, LOOKS[page.reader]

    def story(self) -> list["Flowable"]:
        """Return everything on the page, from top to bottom."""
        found = self.alarm()
        found += [
            self.words(self.page.title, self.look.text * 1.7, bold=True, ink=BLUE_INK, after=self.look.text * 0.3)
        ]
        found += [self.words(self.page.line, ink=SOFT, after=self.look.text * 0.5)] if self.page.line else []
        facts = "   ·   ".join(f'<font color="{SOFT}">{escape(name)}</font> <b>{escape(what)}</b>'
                               for name, what in self.page.facts.items)  # fmt: skip
        found += [self.paragraph(facts, self.look.text, after=self.look.pad * 2.0)]
        found += [self.frame_blocks([self.words(self.page.notice)], Tone.NOTICE, self.width)]
        sections = (section for row in self.page.rows for column in row for section in column)
        return found + [flowable for section in sections for flowable in self.section(section, self.width)]

    def alarm(self) -> list["Flowable"]:
        """Return what stands above everything."""
        with extra("reports"):
            from reportlab.platypus import Spacer

        size = self.look.text * 1.15
        words = [self.words(one, size, bold=True, after=self.look.pad) for one in self.page.alarm]
        return [self.frame_blocks(words, Tone.CRITICAL, self.width), Spacer(1, self.look.text * 0.6)] if words else []

    def foot(self, canvas: "Canvas", document: "BaseDocTemplate") -> None:
        """Draw at the foot of each sheet whose it is, and its number: sheets get parted."""
        whose = " · ".join(
            shorten(what, 40, placeholder=" ...") for name, what in self.page.facts.items if name in WHOSE
        )
        canvas.setFont("Leydig", self.look.small)
        canvas.setFillColor(SOFT)
        canvas.drawRightString(document.pagesize[0] - MARGIN - 6.0, 0.6 * MARGIN, f"{whose} · {document.page}")

    def section(self, section: Section, width: float) -> list["Flowable"]:
        """Return a section: its heading does not stand alone at the foot of a page."""
        with extra("reports"):
            from reportlab.platypus import CondPageBreak, HRFlowable, KeepTogether

        size = self.look.text * 1.2
        heading = self.words(section.title, size, bold=True, before=size * 0.5, after=1.0)
        rule = HRFlowable(width="100%", thickness=0.8, color=BLUE_INK, spaceBefore=0.0, spaceAfter=2.0)
        inner = width - INSIDE if section.tone else width
        blocks = [flowable for block in section.blocks for flowable in self.block(block, inner)]
        if section.tone:
            blocks = [self.frame_blocks(blocks, section.tone, width)]
        if isinstance(section.blocks[0], Picture):
            return [KeepTogether([heading, rule, blocks[0]]), *blocks[1:]]
        return [CondPageBreak(LONELY * size), heading, rule, *blocks]

    def block(self, block: ReportBlock, width: float) -> list["Flowable"]:
        """Return what stands for one block."""
        if isinstance(block, str):
            return [self.words(block, after=self.look.pad)]
        if isinstance(block, Table):
            return [self.table(block, width)]
        if isinstance(block, Points):
            return self.points(block, width)
        if isinstance(block, Picture):
            return [self.picture(block, width)]
        return self.pairs(block)

    def pairs(self, pairs: Pairs) -> list["Flowable"]:
        """Return names in bold with what they are."""
        return [self.paragraph(f"<b>{escape(name)}</b>: {escape(what)}", self.look.text, after=self.look.pad * 1.5)
                for name, what in pairs.items]  # fmt: skip

    def picture(self, picture: Picture, width: float) -> "Flowable":
        """Return the figure."""
        with extra("reports"):
            from reportlab.platypus import Image

        wide, high = picture.size(4)
        return Image(io.BytesIO(picture_bytes(picture, "png", 4)), width=width, height=width * high / wide)

    def points(self, points: Points, width: float) -> list["Flowable"]:
        """Return a list; numbered ones are small and stand in columns."""
        if points.style != ListStyle.NUMBERS:
            return [self.words(one, sign=SIGN[points.style], after=self.look.pad) for one in points.items]
        numbered = [self.words(one, self.look.small, sign=f"{n}.", after=0.5) for n, one in enumerate(points.items, 1)]
        return [self.columns(numbered, width)]

    def columns(self, flowables: Sequence["Flowable"], width: float) -> "Flowable":
        """Return flowables in columns of about the same height."""
        with extra("reports"):
            from reportlab.platypus import Table as Grid

        count = self.look.columns
        share = (width - GAP * (count - 1)) / count
        heights = [one.wrap(share, 1e6)[1] + one.getSpaceAfter() for one in flowables]
        columns: list[list[Flowable]] = [[] for _ in range(count)]
        so_far = 0.0
        for one, height in zip(flowables, heights, strict=True):
            columns[min(int(count * so_far / sum(heights)), count - 1)].append(one)
            so_far += height
        style = [("VALIGN", (0, 0), (-1, -1), "TOP"), *_padding(0.0), ("RIGHTPADDING", (0, 0), (-2, -1), GAP)]
        return Grid([columns], colWidths=[share + GAP] * (count - 1) + [share], style=style, splitInRow=1)

    def table(self, table: Table, width: float) -> "Flowable":
        """Return a table: heads, groups, rows with their marks."""
        with extra("reports"):
            from reportlab.platypus import Table as Grid

        cells: list[list[Flowable | list[Flowable]]] = [[self.words(head, ink=SOFT) for head in table.heads]]
        line = "GRID" if table.blank else "LINEBELOW"
        style: list[_Command] = [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            *_padding(self.look.pad),
            (line, (0, 0), (-1, -1), 0.3, LINE),
        ]
        for title, rows in table.groups:
            if title:
                style += [
                    ("SPAN", (0, len(cells)), (-1, len(cells))),
                    ("NOSPLIT", (0, len(cells)), (0, len(cells) + 1)),
                ]
                cells.append([self.words(title, bold=True, ink=BLUE_INK)] + [[]] * (len(table.heads) - 1))
            for row in rows:
                ink = INK.get(row.mark)
                for piece in _pieces(row.cells):
                    style += _marks(row.mark, len(cells))
                    cells.append([
                        self.words(cell, bold=not place and row.mark != Mark.MUTED,
                                   ink=ink if row.mark == Mark.MUTED or not place else None)
                        for place, cell in enumerate(piece)
                    ])  # fmt: skip
        heights = [None] + [self.look.text * 2.2] * (len(cells) - 1) if table.blank else None
        return Grid(cells, colWidths=[share * width for share in table.widths], rowHeights=heights, style=style,
                    repeatRows=1, spaceAfter=2.0, splitInRow=1)  # fmt: skip

    def frame_blocks(self, flowables: Sequence["Flowable"], tone: Tone, width: float) -> "Flowable":
        """Return flowables on a ground with a stripe at the left."""
        with extra("reports"):
            from reportlab.platypus import Table as Grid

        ground, stripe = GROUND[tone]
        style = [("BACKGROUND", (0, 0), (-1, -1), ground), ("LINEBEFORE", (0, 0), (0, -1), 2.5, stripe),
                 *_padding(self.look.pad + 1.0), ("LEFTPADDING", (0, 0), (-1, -1), 7.0)]  # fmt: skip
        return Grid([[one] for one in flowables], colWidths=[width], style=style, spaceAfter=2.0, splitInRow=1)

    def words(self, text: str, size: float | None = None, **look: Unpack[_TextLook]) -> "Flowable":
        """Return a paragraph of plain text; the rest as `paragraph`."""
        return self.paragraph(escape(text), size or self.look.text, **look)

    def paragraph(
        self, text: str, size: float, *, bold: bool = False, ink: str | None = None, before: float = 0.0,
        after: float = 0.0, sign: str = "",
    ) -> "Flowable":  # fmt: skip
        """Return a paragraph of marked text, with a sign before it where one is given."""
        with extra("reports"):
            from reportlab.lib.styles import ParagraphStyle
            from reportlab.platypus import Paragraph

        style = ParagraphStyle(
            "words", fontName="Leydig-Bold" if bold else "Leydig", fontSize=size, leading=size * self.look.line,
            textColor=ink or "#1b1f23", spaceBefore=before, spaceAfter=after,
            leftIndent=size * 1.7 if sign else 0.0, bulletFontName="Leydig", bulletFontSize=size, splitLongWords=True,
        )  # fmt: skip
        return Paragraph(text, style, bulletText=sign or None)


def _padding(points: float) -> list[_Command]:
    """Return the commands that set every distance inside the cells of a table."""
    sides = {"TOPPADDING": points, "BOTTOMPADDING": points + 0.3, "LEFTPADDING": min(points, 2.0) * 2.0,
             "RIGHTPADDING": min(points, 2.0) * 2.0}  # fmt: skip
    return [(side, (0, 0), (-1, -1), amount if points else 0.0) for side, amount in sides.items()]


def _marks(mark: Mark, row: int) -> list[_Command]:
    """Return the commands that show a mark beside its words."""
    found: list[_Command] = []
    if mark in SIDE:
        found += [("LINEBEFORE", (0, row), (0, row), 2.5, SIDE[mark]), ("LEFTPADDING", (0, row), (0, row), 5.0)]
    return found + ([("BACKGROUND", (0, row), (-1, row), SHADE[mark])] if mark in SHADE else [])
