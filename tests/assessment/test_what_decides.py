"""What an unknown criterion asks for: questions are answered, and what a record implies is asked for by its questions."""

from assessment.men import man

from leydig.assessment.assess import assess
from leydig.protocol.reader import read_protocol

CAUSES = ("infection", "varicocele", "obstruction", "genetic_cause")


def changes(rule, facts):
    return assess(man(facts=facts), read_protocol("anastrozole"))[rule].changes


def test_causes_are_asked_for_one_by_one_and_those_that_were_answered_no_more():
    every = changes("IND_IDIOPATHIC", dict.fromkeys(CAUSES))
    assert len(every) == len(CAUSES) and all(one.startswith("answer yes or no: ") for one in every)
    some = changes("IND_IDIOPATHIC", dict.fromkeys(CAUSES[1:]))
    assert set(some) < set(every) and not any("infection" in one for one in some)


def test_a_question_is_answered_and_not_recorded():
    assert changes("EX_BONE", {"osteoporosis": None}) == ("answer yes or no: osteoporosis or a fragility fracture",)
