"""States are enums: nobody compares with the text of a state, and a member is its text wherever it is shown or kept."""

import ast
import json
import pickle
from collections import defaultdict

from source_trees import source_trees

from leydig.evidence.study import Role
from leydig.protocol.vocabulary import Severity

WORDS_OF_A_REGIMEN = "a word that a person wrote in a regimen, before anything is understood"
KEY = "a key of a file that people write"
COLUMN = "a key of a record, a table or an error of another library"
CODE = "a code or key of FHIR"
COLLISIONS = {  # (file, text): what the text is there, where it is no state
    ("cli/demo.py", "analyte"): COLUMN,
    ("cli/commands/simulation.py", "median"): COLUMN,
    ("course/failures.py", "failed"): COLUMN,
    ("exchange/fhir/person.py", "unknown"): CODE,
    ("exchange/fhir/resources/dates.py", "start"): CODE,
    ("exchange/fhir/resources/medications.py", "start"): CODE,
    ("file_model.py", "refused"): COLUMN,
    ("protocol/protocol_file.py", "result"): KEY,
    ("protocol/reader.py", "titration"): KEY,
    ("record/record_file.py", "start"): KEY,
    ("record/table.py", "goal"): KEY,
    ("regimen/frequency.py", "every"): WORDS_OF_A_REGIMEN,
    ("regimen/frequency.py", "once"): WORDS_OF_A_REGIMEN,
    ("regimen/span.py", "in"): WORDS_OF_A_REGIMEN,
    ("regimen/span.py", "missing"): WORDS_OF_A_REGIMEN,
    ("regimen/span.py", "stop"): WORDS_OF_A_REGIMEN,
    ("regimen/text.py", "continuous"): WORDS_OF_A_REGIMEN,
    ("service/bodies.py", "missing"): COLUMN,
    ("service/clinic/imports.py", "goal"): KEY,
    ("service/clinic/imports.py", "medicine"): KEY,
    ("service/clinic/imports.py", "stop"): KEY,
    ("trial/design/design.py", "start"): KEY,
    ("web/frame.py", "admin"): COLUMN,
}
ENUMS = "TextEnum"


def _states() -> dict[str, set[str]]:
    """Return every text that is a state, with the enumerations that hold it."""
    found = defaultdict(set)
    for _, tree in source_trees():
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and any(ast.unparse(base) == ENUMS for base in node.bases):
                for part in node.body:
                    if isinstance(part, ast.Assign) and isinstance(part.value, ast.Constant) and part.value.value:
                        found[part.value.value].add(node.name)
    return found


def _literals(node):
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node
    elif isinstance(node, ast.Tuple | ast.List | ast.Set):
        for part in node.elts:
            yield from _literals(part)


def _compared(tree):
    """Yield every literal text that is compared, matched, or sought in what is no text of its own."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            for side in (node.left, *node.comparators):
                yield from _literals(side)
        elif isinstance(node, ast.MatchValue):
            yield from _literals(node.value)


def test_no_text_of_a_state_is_compared():
    states = _states()
    assert len(states) > 80
    found = {
        (name, literal.value): literal.lineno
        for name, tree in source_trees()
        for literal in _compared(tree)
        if literal.value in states
    }
    wrong = {f"{name}:{line}: {text!r} of {sorted(states[text])}" for (name, text), line in found.items()
             if (name, text) not in COLLISIONS}  # fmt: skip
    assert not wrong
    assert set(COLLISIONS) <= set(found)  # no exception outlives its reason


def test_the_walk_sees_each_form_of_a_comparison():
    code = "a == 'x'\n'x' in b\na in ('x', 'y')\nmatch a:\n    case 'x':\n        pass\n"
    assert [one.value for one in _compared(ast.parse(code))] == ["x", "x", "x", "y", "x"]


def test_a_state_is_its_text_wherever_it_goes():
    state = Severity("critical")
    assert state is Severity.CRITICAL
    assert (f"{state}", repr(state), json.dumps({state: state})) == (
        "critical",
        "'critical'",
        '{"critical": "critical"}',
    )
    assert {state: 1}["critical"] == 1 and pickle.loads(pickle.dumps(Role.HELD_OUT)) is Role.HELD_OUT
    assert [one.weight for one in Severity] == [0, 1, 2]
