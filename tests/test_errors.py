"""Errors: one root, the builtin that a Python programmer expects, and a message that helps."""

import pytest

from leydig import errors
from leydig.errors import LeydigError, LeydigWarning, UnknownName

BUILTINS = {
    "UnknownName": KeyError,
    "OutOfRange": ValueError,
    "WrongUnit": ValueError,
    "BadSource": ValueError,
    "BadRegimen": ValueError,
    "BadStudy": ValueError,
    "BadProtocol": ValueError,
    "BadTrial": ValueError,
    "BadRecord": ValueError,
    "MissingExtra": ImportError,
    "NotSolved": RuntimeError,
}


@pytest.mark.parametrize(("name", "builtin"), BUILTINS.items())
def test_each_error_has_the_root_and_a_builtin(name, builtin):
    kind = getattr(errors, name)
    assert issubclass(kind, LeydigError)
    assert issubclass(kind, builtin)


def test_every_error_is_in_the_tree_at_the_top():
    raised = set(errors.__all__) - {"LeydigError", "LeydigWarning"}
    assert raised == set(BUILTINS)
    assert all(name in errors.__doc__ for name in errors.__all__)


def test_a_message_is_shown_without_quotes():
    assert str(UnknownName("plain words")) == "plain words"
    assert str(UnknownName()) == "UnknownName"


def test_unknown_name_offers_the_nearest():
    message = str(UnknownName.among("drug", "Anastrazole", ["anastrozole", "letrozole", "hcg"]))
    assert "'Anastrazole'" in message
    assert "Did you mean anastrozole" in message
    assert "hcg" in message


def test_unknown_name_without_a_near_one_lists_the_choice():
    message = str(UnknownName.among("drug", "zzzz", ["hcg"]))
    assert "Did you mean" not in message
    assert "Known: hcg" in message


def test_a_warning_is_no_error():
    assert issubclass(LeydigWarning, UserWarning)
    assert not issubclass(LeydigWarning, LeydigError)
