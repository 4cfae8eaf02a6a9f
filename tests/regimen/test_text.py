"""A regimen text: plain forms read back to themselves, shorthand is written out, and a refusal points at the word."""

import re

import pytest

from leydig import Regimen
from leydig.errors import BadRegimen, UnknownName

pytestmark = pytest.mark.filterwarnings("ignore::leydig.errors.LeydigWarning")

CANONICAL = [
    "anastrozole 0.5 mg twice weekly",
    "anastrozole 1 mg every other day",
    "anastrozole 0.25 mg daily + clomiphene 25 mg daily from week 4 for 12 weeks",
    "gonadorelin 10 ug every 90 minutes",
    "gonadorelin 240 ug/day continuous",
    "testosterone enanthate 200 mg weekly for 16 weeks",
    "testosterone undecanoate 1000 mg once",
    "estradiol patch 100 ug/day continuous from day 3 for 10 days",
    "hcg 1500 IU sc three times weekly",
    "ketoconazole 200 mg three times daily for 1 day",
    "tamoxifen 20 mg daily missing days 3, 10, 11",
    "letrozole 2.5 mg every 36 hours",
    "hcg 2000 IU every 2 weeks",
]
CLINIC = {
    "Anastrozole 1mg qod for 12 wk": "anastrozole 1 mg every other day for 12 weeks",
    "anastrozole 500 mcg twice a week": "anastrozole 0.5 mg twice weekly",
    "anastrozole 1 mg alternate days": "anastrozole 1 mg every other day",
    "anastrozole 1 mg every day until week 4": "anastrozole 1 mg daily for 4 weeks",
    "anastrozole 1 mg/day": "anastrozole 1 mg daily",
    "clomiphene 25 mg od": "clomiphene 25 mg daily",
    "ketoconazole 200 mg TID": "ketoconazole 200 mg three times daily",
    "letrozole 2.5 mg q12h": "letrozole 2.5 mg twice daily",
    "gonadorelin 10 µg q90min": "gonadorelin 10 ug every 90 minutes",
    "gonadorelin 10 ug/h continuous": "gonadorelin 240 ug/day continuous",
    "HCG 1500 units subcutaneous thrice weekly": "hcg 1500 IU sc three times weekly",
    "Clomid 25 mg M/W/F": "clomiphene 25 mg three times weekly",
    "anastrozole 1 mg daily for 6 months": "anastrozole 1 mg daily for 183 days",
    "testosterone-enanthate 250 mg monthly": "testosterone enanthate 250 mg every 30 days",
    "tamoxifen 20 mg daily missing days 10, 17 to 19": "tamoxifen 20 mg daily missing days 10, 17, 18, 19",
    "anastrozole 1 mg daily for 4 weeks then clomiphene 25 mg daily missing day 2":
        "anastrozole 1 mg daily for 4 weeks + clomiphene 25 mg daily from week 4 missing days 30",
    "nothing for 2 weeks then anastrozole 1 mg daily": "anastrozole 1 mg daily from week 2",
    "nothing": "nothing",
    "": "nothing",
}  # fmt: skip


@pytest.mark.parametrize("text", CANONICAL)
def test_canonical_text_reads_back_to_itself(text):
    assert str(Regimen(text)) == text


@pytest.mark.parametrize(("text", "canonical"), CLINIC.items())
def test_clinic_shorthand_is_written_out(text, canonical):
    assert str(Regimen(text)) == canonical
    assert Regimen(text) == Regimen(canonical)


@pytest.mark.parametrize("count", ["once", "twice", "two times", "three times", "3 times", "four times", "4 times"])
def test_n_times_daily_as_the_grammar_says(count):
    words = {"once": 1, "twice": 2, "two": 2, "three": 3, "3": 3, "four": 4, "4": 4}
    assert Regimen(f"ketoconazole 100 mg {count} daily").weekly_total()["ketoconazole"][0] == pytest.approx(
        700.0 * words[count.split()[0]]
    )


# Refusals ---------------------------------------------------------------------------------------------

REFUSED = {
    "anastrozole 1 mg daily banana": "banana",
    "anastrozole 1 mg sometimes": "sometimes",
    "anastrozole 1 IU daily": "IU",
    "anastrozole one mg daily": "one",
    "anastrozole 1,500 mg daily": "1,500",
    "anastrozole -1 mg daily": "-1",
    "anastrozole 1 mg daily from week four": "four",
    "anastrozole 1 mg daily for 4 fortnights": "fortnights",
    "anastrozole 1 mg daily for 4 weeks for 5 weeks": "for 5",
    "anastrozole 1 mg four times weekly": "",
    "anastrozole 1 mg": "",
    "anastrozole 1 mg daily +": "",
    "gonadorelin 10 ug": "",
}


@pytest.mark.parametrize(("text", "word"), REFUSED.items())
def test_a_refusal_points_at_the_word(text, word):
    with pytest.raises(BadRegimen) as caught:
        Regimen(text)
    message, line, marker = str(caught.value).rsplit("\n", 2)
    assert re.match(r"got .+; expected .+\. .+[.?]$", message)
    assert line.strip() == text
    assert line[marker.index("^") :].startswith(word)
    assert word or marker.index("^") == len(line)


def test_an_unknown_drug_is_pointed_at_and_the_nearest_offered():
    with pytest.raises(UnknownName) as caught:
        Regimen("clomiphene 25 mg daily + anastrazole 1 mg daily")
    message, line, marker = str(caught.value).rsplit("\n", 2)
    assert "Did you mean anastrozole" in message
    assert line[marker.index("^") :].startswith("anastrazole")


@pytest.mark.parametrize(
    "text",
    ["anastrozole 0 mg daily", "anastrozole 1 mg sc daily", "anastrozole 1 mg/h continuous",
     "gonadorelin 10 ug continuous", "anastrozole 1 mg every 0 days", "anastrozole 1 mg daily for 0 weeks",
     "anastrozole 1 mg daily from day 9 until day 5", "anastrozole 1 mg daily for 2 weeks until week 4",
     "anastrozole 1 mg daily missing days 5 to 3", "gonadorelin 10 ug/h every 90 minutes",
     "anastrozole 11 mg daily"],
)  # fmt: skip
def test_what_cannot_be_given_is_refused(text):
    with pytest.raises(BadRegimen):
        Regimen(text)


@pytest.mark.parametrize("text", ["estradiol patch 100 ug daily", "estradiol patch 100 ug/day"])
def test_a_patch_is_never_silently_ignored(text):
    try:
        regimen = Regimen(text)
    except BadRegimen:
        return
    assert regimen.schedule(7.0).infusions["estradiol_patch"]


NINES = "9" * 5000


@pytest.mark.parametrize(
    "text",
    [f"anastrozole {NINES} mg daily", f"anastrozole 1 mg daily for {NINES} days", f"anastrozole 1 mg {NINES} times daily",
     f"anastrozole 1 mg every {NINES} days", f"anastrozole 1 mg daily missing days {NINES}", "x" * 100_000,
     f"anastrozole 1 mg daily {NINES} days on 5 off", f"anastrozole 1 mg daily from week {NINES}", "anastrozole " * 9999,
     "anastrozole 1 mg daily for 36500 days then daily for 36500 days then daily for 36500 days",
     f"anastrozole 1 mg daily\n\x1b[31m {NINES}"],
    ids=lambda text: text[:40],
)  # fmt: skip
def test_what_is_far_too_large_is_refused_in_few_printable_words(text):
    with pytest.raises((BadRegimen, UnknownName)) as caught:
        Regimen(text)
    assert len(str(caught.value)) < 1200
    assert all(char.isprintable() or char == "\n" for char in str(caught.value))


@pytest.mark.parametrize(
    "text",
    ["testosterone undecanoate 1000 mg once then 1000 mg every 12 weeks", "hcg 5000 IU once, then 1500 IU twice weekly",
     "tamoxifen 20 mg daily for 4 weeks then hcg 5000 IU once then hcg 1500 IU weekly", "anastrozole 1 mg once then daily"],
)  # fmt: skip
def test_a_single_dose_does_not_say_when_the_next_of_its_drug_comes(text):
    """It was given again the next day, a loading dose twice."""
    with pytest.raises(BadRegimen, match="once for 6 weeks then"):
        Regimen(text)


def test_how_long_a_single_dose_lasts_may_be_said():
    loaded = Regimen("testosterone undecanoate 1000 mg once for 6 weeks then 1000 mg every 12 weeks")
    assert [dose.times(200).tolist() for dose in loaded.doses] == [[0.0], [42.0, 126.0]]
    assert (
        str(Regimen("gonadorelin 100 ug once then clomiphene 25 mg daily").doses[1])
        == "clomiphene 25 mg daily from day 1"
    )
