"""Errors: one root, the builtin that a Python programmer expects, and a message that helps."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

import leydig
from leydig import errors
from leydig.errors import MOST_SHOWN, LeydigError, LeydigWarning, UnknownName

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
    assert message == "got drug 'zzzz'; expected one of hcg. Choose one of these."


def test_of_many_names_only_near_ones_are_named():
    many = [f"name_{number}" for number in range(MOST_SHOWN)]
    assert "name_7, name_8" in str(UnknownName.among("work", "name_1", many))
    assert str(UnknownName.among("work", "lett", [*many, "letter"])) == (
        f"got work 'lett'; expected one of {MOST_SHOWN + 1} names. Did you mean letter?"
    )
    assert "name_7, name_8" in str(UnknownName.among("work", "zzzz", [*many, "letter"]))


def test_unknown_name_where_none_is_known():
    assert str(UnknownName.among("drug", "hcg", [])) == "got drug 'hcg'; expected none here. Leave it out."


def test_a_warning_is_no_error():
    assert issubclass(LeydigWarning, UserWarning)
    assert not issubclass(LeydigWarning, LeydigError)


SOURCE = Path(leydig.__file__).parent
RAISERS = {*BUILTINS, "LeydigError", "error", "cls", "refused", "refusal"}  # what a message is handed to
HELPERS = {
    "no_table",
    "absent",
    "_key_refusal",
    "_ambiguous_number",
    "refusal_of_word",
    "_unknown_drug",
    "unknown_level",
}  # build one
HANDED_ON = re.compile(r"(str\()?(error|UnknownName\.among|_message|message|text|one|problem\.expected|reason)\b")
OLD_WORDS = re.compile(
    r"\bcame\b|\bAllowed\b|\bnot allowed\b|\bKnown:|\b(Correct|Fix) it\.|\bnot possible\b|\bcannot be read\b"
)


def written(node):
    """Return the text of a message as it stands in the source; <...> for an expression, <message> for another message."""
    match node:
        case ast.Constant():
            return str(node.value)
        case ast.JoinedStr():
            return "".join(map(written, node.values))
        case ast.BinOp():
            return written(node.left) + written(node.right)
        case ast.IfExp():
            return written(node.body)
    expression = ast.unparse(node.value if isinstance(node, ast.FormattedValue) else node)
    return "<message>" if HANDED_ON.match(expression) else "<...>"


@cache
def nodes(source):
    """Return every node of a source; three tests read them all."""
    return tuple(ast.walk(ast.parse(source)))


def messages(source):
    """Yield line, raiser and arguments of everything that raises in a source, or makes what is raised."""
    for node in nodes(source):
        if isinstance(node, ast.Call) and node.args:
            raiser = ast.unparse(node.func).split(".")[-1]
            if raiser in RAISERS:
                yield node.lineno, raiser, [written(argument) for argument in node.args]


def fault(raiser, texts):
    """Return what is wrong with the form of a message; empty where nothing is.

    `NotSolved` names no value that came: what failed is enough. A regimen is refused by `Reader.refusal`, which is given
    what is expected and the way out. A message that hands on another, after the place, needs nothing of its own.
    """
    old = OLD_WORDS.search(" ".join(texts))
    if old:
        return f"the old word {old[0]!r}"
    text = texts[-1]
    if raiser == "NotSolved" or ("<message>" in text and "; expected" not in text):
        return ""
    if raiser == "refusal" and len(texts) > 1 and "got " not in text:
        return "" if texts[1] else "no way out"
    if not re.search(r"(^|: |>)got .+; expected .", text):
        return "no 'got X; expected Y.'"
    expected = text.partition("; expected ")[2]
    return "" if re.search(r"<message>|[.?]( \S|<)", expected) else "no way out"


def test_every_message_says_what_came_what_is_expected_and_the_way_out():
    wrong = [
        f"{path.relative_to(SOURCE)}:{line}: {problem}: {' | '.join(texts)}"
        for path in sorted(SOURCE.rglob("*.py"))
        for line, raiser, texts in messages(path.read_text())
        if (problem := fault(raiser, texts))
    ]
    assert not wrong, "\n".join(wrong)


UNJUDGED = {  # what is raised beside messages, by its call: it ends a command, asks the caller, or never reaches a person
    "typer.Exit": "the message is printed already",
    "AttributeError": "what Python says of a name that is not there, or of an object that never changes",
    "TypeError": "a file of the catalogue that was written wrong",
    "NotImplementedError": "a method that a table of records gives",
    "ValueError": "caught by its caller, who says what it means",
    "UnknownName.among": "tested above",
    "_missing_extra": "one message for every extra",
    "ServiceProblem": "its message stands among the loose texts, below",
    "_problem": "builds one",
    "refusal_at": "hands on a message of a file",
    "problem_of": "hands on a message with its field beside it",
    "type(error)": "hands on a message with the row of its table before it",
}


def builders(source):
    """Return what a source raises that is made by a call, and is given no message."""
    calls = (node.exc for node in nodes(source) if isinstance(node, ast.Raise) and node.exc)
    return {ast.unparse(one.func) for one in calls if isinstance(one, ast.Call)}


def loose_texts(source):
    """Yield line and text of everything that reads like a message, wherever it is built; docstrings do not."""
    parts = {id(part) for node in nodes(source) if isinstance(node, ast.JoinedStr | ast.BinOp)
             for part in ast.walk(node) if part is not node}  # fmt: skip
    parts |= {id(node.value) for node in nodes(source) if isinstance(node, ast.Expr)}
    for node in nodes(source):
        if isinstance(node, ast.JoinedStr | ast.Constant) and id(node) not in parts:
            text = written(node)
            if re.search(r"; expected ", text):
                yield node.lineno, text


def test_a_message_that_is_built_elsewhere_has_its_parts_too():
    wrong = [
        f"{path.relative_to(SOURCE)}:{line}: {problem}: {text}"
        for path in sorted(SOURCE.rglob("*.py"))
        if path.name != "comparison.py"  # of a ledger: what differs, without a way out
        for line, text in loose_texts(path.read_text())
        if (problem := fault("", [text])) and not text.startswith("<...>")  # what came is a text of its own
    ]
    assert not wrong, "\n".join(wrong)


def test_what_is_raised_is_judged_or_argued():
    made = {one for path in SOURCE.rglob("*.py") for one in builders(path.read_text())}
    named = RAISERS | HELPERS | set(UNJUDGED)
    assert not {one for one in made if one not in named and one.split(".")[-1] not in named}


def test_the_walks_see_what_is_raised_and_what_is_built():
    code = '"""Says; expected nothing."""\nwhy = f"got {n} men; expected one"\nraise Strange(why)\nraise file.refusal(why)\n'
    assert [(line, fault("", [text])) for line, text in loose_texts(code)] == [(2, "no way out")]
    assert builders(code) == {"Strange", "file.refusal"}


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ('raise OutOfRange(f"units {units!r} came. Allowed: us, si. Choose one.")', "the old word 'came'"),
        ('raise OutOfRange(f"got {n} men; expected one. Correct it.")', "the old word 'Correct it.'"),
        ('raise BadTrial("the trial has no arm. Add one.")', "no 'got X; expected Y.'"),
        ('raise file.refusal((), "n", f"got n = {n}; expected 1 or more.")', "no way out"),
        ('raise BadRecord(f"got {n} men; expected one")', "no way out"),
        ('raise reader.refusal("one dose", "")', "no way out"),
        ('raise reader.refusal("one dose", "Write one number.")', ""),
        ('raise BadRecord(f"got {n} men; expected one. Ask for each of them.")', ""),
        ('raise file.refusal((), "source", f"source: {error}")', ""),
        ('raise NotSolved("the solver gave up")', ""),
    ],
)
def test_the_form_of_a_message_is_judged(source, problem):
    [(_, raiser, texts)] = messages(source)
    assert fault(raiser, texts) == problem
