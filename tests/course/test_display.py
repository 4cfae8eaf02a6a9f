"""What a prompt and a notebook show: one line, one card, escaped; and the keys that they complete."""

import datetime as dt
from html.parser import HTMLParser

import jax
import nbformat
import numpy as np
import pytest

import leydig as ly
from leydig.cards import MOST_ROWS, card


class Balance(HTMLParser):
    """Refuses a fragment whose elements do not close in order."""

    def __init__(self, text):
        super().__init__()
        self.open, self.text = [], []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        assert tag in ("div", "style", "strong", "table", "tr", "th", "td", "small")
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


@pytest.fixture(scope="module")
def shown(shah_man):
    record = ly.Record(
        "male",
        results=[ly.Result("testosterone", 271.0, dt.date(2026, 3, 2), "ng/dL", note="<script>alert(1)</script>")],
    )
    men = ly.population(30)
    course = ly.simulate(men, "anastrozole 1 mg daily", weeks=2)
    return {
        "man": shah_man,
        "men": men,
        "regimen": ly.Regimen("anastrozole 1 mg daily + clomiphene 25 mg daily from week 2"),
        "nothing": ly.Regimen(),
        "course": course,
        "alone": ly.simulate(shah_man, "anastrozole 1 mg daily", weeks=2),
        "series": course["testosterone"],
        "record": record,
        "assessment": ly.assess(record, "anastrozole_daily", on=dt.date(2026, 3, 3)),
        "drugs": ly.drugs,
        "analytes": ly.analytes,
    }


NAMES = ("man", "men", "regimen", "nothing", "course", "alone", "series", "record", "assessment")


@pytest.mark.parametrize("name", NAMES)
def test_a_line_is_short(shown, name):
    text = repr(shown[name])
    assert 0 < len(text) < 200
    assert "\n" not in text
    assert "array(" not in text and "0x" not in text


@pytest.mark.parametrize("name", [*NAMES, "drugs", "analytes"])
def test_a_card_is_whole_and_bounded_html(shown, name):
    text = shown[name]._repr_html_()
    Balance(text)
    assert len(text) < 20_000


def test_a_line_says_who_and_how_much(shown):
    assert repr(shown["man"]) == "Man(34 years, BMI 28.7, T 271 ng/dL, E2 32 pg/mL, LH 3.4 IU/L, FSH 4.8 IU/L)"
    assert "expected" in repr(ly.Man(age=30))
    assert repr(shown["men"]).startswith("Man(30 men, ")
    assert repr(shown["alone"]) == "Course(one man, day 0 to 14, 'anastrozole 1 mg daily')"
    first, last = shown["alone"]["testosterone"].values[[0, -1]]
    assert (
        repr(shown["alone"]["testosterone"]) == f"Series(testosterone [ng/dL], day 0 to 14: {first:.4g} to {last:.4g})"
    )


def test_a_card_of_many_men_says_over_how_many(shown):
    assert "30 of 30 men solved" in shown["course"]._repr_html_()


def test_text_from_outside_is_escaped(shown):
    text = shown["record"]._repr_html_()
    assert "<script>" not in text and "&lt;script&gt;" in text
    assert "<b>" not in card("<b>", ["<b>"], [["<b>"]], ["<b>"])


def test_a_long_table_is_cut_and_says_so():
    text = card("", ["n"], [[i] for i in range(MOST_ROWS + 5)])
    assert text.count("<tr>") == MOST_ROWS + 1 and "5 rows more" in text


def test_a_traced_man_and_course_are_shown_too(shah_man):
    lines = []

    def last(man):
        course = ly.simulate(man, "anastrozole 1 mg daily", days=2)
        lines.extend([repr(man), repr(course), repr(course["lh"]), man._repr_html_(), course._repr_html_()])
        return course.inside["lh"][-1]

    jax.jit(last)(shah_man)
    assert len(lines) == 5
    assert repr(jax.tree.map(lambda _: None, shah_man))  # a tree that is put together


def test_keys_are_completed(shown):
    assert ly.drugs._ipython_key_completions_() == list(ly.drugs)
    assert "testosterone" in ly.analytes._ipython_key_completions_()
    keys = shown["alone"]._ipython_key_completions_()
    assert {"testosterone", "lh"} <= set(keys)
    assert all(np.isfinite(shown["alone"][key].values).all() for key in keys)


CELLS = (
    "import leydig as ly\nman = ly.Man(age=34, bmi=28.7, testosterone='271 ng/dL', lh='3.4 IU/L')\nman",
    "ly.population(20)",
    "ly.Regimen('anastrozole 1 mg daily')",
    "course = ly.simulate(man, 'anastrozole 1 mg daily', weeks=2)\ncourse",
    "course['testosterone']",
    "course['testosterone'].at(day=0.25)",
    "course.table(every='1 week')",
    "get_ipython().Completer.use_jedi = False\n"
    'print(sorted(get_ipython().Completer.complete(line_buffer="course[\'testo", cursor_pos=13)[1]))',
)


def test_a_notebook_shows_them():
    nbclient = pytest.importorskip("nbclient")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in CELLS])
    nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    outputs = [cell.outputs[-1] for cell in notebook.cells]
    for output, word in zip(
        outputs[:5], ("34 years", "20 men", "anastrozole 1 mg daily", "Course of one man", "testosterone")
    ):
        Balance(output.data["text/html"])
        assert word in output.data["text/html"]
        assert len(output.data["text/plain"]) < 200
    assert "ng/dL" in outputs[5].data["text/plain"]
    assert "testosterone [ng/dL]" in outputs[6].data["text/html"]
    assert "testosterone" in outputs[7].text
