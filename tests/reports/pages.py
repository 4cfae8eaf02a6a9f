"""Pages of reports for tests: as tags and texts, and a man of whom they tell."""

import datetime as dt
from dataclasses import replace
from html.parser import HTMLParser

from assessment.men import result, treated

from leydig.reports.pages.report import report

VOID = {"meta", "br", "col", "link", "img", "input", "hr"}


class Parsed(HTMLParser):
    """A page as tags, texts, attributes, and what was left open."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.wrong, self.texts = [], [], [], []
        self.feed(text)

    def _between(self, tag):
        if tag != "span":  # of which words are inside a line
            self.texts.append(" ")

    def handle_starttag(self, tag, attrs):
        self._between(tag)
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        self._between(tag)
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, text):
        if not {"style", "svg"} & set(self.open):
            self.texts.append(text)

    @property
    def text(self):
        return " ".join("".join(self.texts).split())

    def all(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


def page(record, tmp_path, **more):
    return Parsed(report(record, out=tmp_path / "page.html", **more).read_text(encoding="utf-8"))


def plainly(text):
    return " ".join(text.split())


def on_treatment():
    """Return the record of a man on his second dose, and the day of his visit."""
    before = (("anastrozole 0.5 mg twice weekly", 0, 39),)
    record, _ = treated("anastrozole 0.25 mg daily", days=40, before=before, testosterone=420.0, estradiol=44.0)
    later = dt.date(2026, 6, 2)
    more = [result(name, value, later) for name, value in
            {"testosterone": 560.0, "estradiol": 31.0, "lh": 6.0, "fsh": 6.5, "hematocrit": 51.0,
             "sperm_concentration": 14.0}.items()]  # fmt: skip
    return replace(record.with_results(more), id="M-1", goals=("a child within two years",)), dt.date(2026, 6, 5)
