"""An assessment as text and as a card of a notebook."""

import json
from dataclasses import replace

from leydig.assessment.assess import assess
from tests.assessment.men import START, man

FOUND = assess(man(hematocrit=56.0), "anastrozole", on=START)


def test_the_text_is_the_record_with_its_keys_in_order_and_letters_as_they_are():
    text = replace(FOUND, now="10 µg").text()
    whole = json.loads(text)
    assert whole == FOUND.record() | {"now": "10 µg"}
    assert list(whole) == sorted(whole) and "10 µg" in text


def test_the_card_of_a_notebook_shows_every_finding_the_gravest_first():
    shown = FOUND._repr_html_()
    assert repr(FOUND)[:20] in shown and FOUND.protocol in shown
    inside = sorted(FOUND.findings, key=lambda one: shown.index(f"<td>{one.title}</td>"))
    weights = [one.severity.weight for one in inside]
    assert weights == sorted(weights, reverse=True) and len(set(weights)) > 1
