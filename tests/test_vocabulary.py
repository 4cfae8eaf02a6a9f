"""One word, one meaning: no public name in two modules, and no participle as the name of a class, function or method."""

import ast
import re
from collections import defaultdict
from functools import lru_cache

from source_trees import source_trees

COMMANDS = "cli"  # a command is called as the function behind it
SHARED = {
    "march": "the engine's door to the inner loop",
    "app": "the program, handed on by the file that adds the commands",
    "main": "the demonstration is a program of its own",
    "reference": "the adaptive solution, and the table of reference ranges: both are called so in their field",
}
FROM_OTHER_FILES = {
    "CONTINUOUS",
    "DAILY",
    "ONCE",
    "Repeat",
    "SEVERITIES",
    "bars",
}  # handed on, not made again
PARTICIPLE = re.compile(
    r"made|kept|found|grown|known|held|seen|shown|taken|drawn|brought|felt|sent|told|untold|written|meant|begun|done|met|lost"
    r"|given|built|bound|chosen|spoken|broken|unread|left|said|laid|paid|spent|worn|hidden|gone|\w{3,}ed|\w{3,}ing"
)
BARE = re.compile(  # adjectives, adverbs and prepositions: they tell nothing of what comes back
    r"some|under|place|luck|one|own|again|ahead|alone|apart|together|both|beside|behind|between|beyond|inside|outside|often"
    r"|once|after|before|against|with|whole|single|flat|plain|bare|short|long|near|best|certain|possible|strange|idle"
    r"|circular|smaller|highest|longest|finite|visible|ambiguous|trivial|foreign|yes|all|nowhere|three|first|last|others|as"
    r"|in_order|weekly|evenly|quietly|locally|drawable|liftable|overridable"
)
NOUNS = {
    "need", "seed", "speed", "feed",
    "reading", "finding", "ceiling", "ending", "warning", "padding",
    "compounding",  # what a pharmacy does
    "matching",  # `population_matching`, the name that the architecture gives
    "NotSolved", "Stored", "Compensated", "Recovering", "Place",  # public ones, of the field: two are kinds of men
    "informed",  # `Twin.informed`, the name that the specification of the twin gives
}  # fmt: skip
QUESTION = re.compile(r"_*(is|has|needs)_")  # a yes or no may end with a participle: `is_refused`
STAGES = {
    "engine/step.py: lane_steps.last"
}  # after `second`, `third` and `fourth`: a Runge-Kutta stage is called by its order


PARAMETERS = {
    "observed", "predicted", "expected",  # what statistics calls its two sides
    "measured",  # a level that a laboratory read, beside one that is imputed
    "screened",  # the men that a trial looked at, as CONSORT counts them
    "meaning",  # a noun
    "months_trying",  # a key of trial files
}  # fmt: skip


PICTURES = ("plots/", "course/", "reports/pages/", "cli/", "target.py")  # rooms that draw: a figure is a picture


def test_no_public_name_stands_in_two_modules():
    where = defaultdict(set)
    for name, tree in source_trees():
        room = name.split("/")[0]
        if name.endswith("__init__.py") or room == COMMANDS:
            continue
        defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
        for node in tree.body:
            if isinstance(node, ast.Assign | ast.AnnAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                defined |= {one.id for one in targets if isinstance(one, ast.Name)}
        for node in tree.body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
                for one in ast.literal_eval(node.value):
                    if one in defined:
                        where[one].add(name)
    twice = {one: sorted(files) for one, files in where.items() if len(files) > 1 and one not in SHARED}
    assert not twice


def _names(tree, owner=""):
    """Yield every class, function and method, inner ones too, with where it stands."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield f"{owner}{node.name}", node.name
            yield from _names(node, f"{owner}{node.name}.")
        else:
            yield from _names(node, owner)


@lru_cache(maxsize=1)
def _names_of_files():
    return [(name, where, one) for name, tree in source_trees() for where, one in _names(tree)]


def _is_noun_or_imperative(name):
    """Whether the last word of a name says what it is (`fsh_release`, not `fsh_released`), and it is more than an adjective."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).strip("_").lower()
    last = words.rsplit("_", 1)[-1]
    if name.startswith("__") or {name, words, last} & NOUNS or QUESTION.match(name):
        return True
    return not (PARTICIPLE.fullmatch(last) or BARE.fullmatch(words))


def test_classes_functions_and_methods_are_nouns_or_imperatives():
    wrong = {f"{name}: {where}" for name, where, one in _names_of_files() if not _is_noun_or_imperative(one)}
    assert wrong == STAGES


def _public_functions(tree):
    """Yield the functions of a module and the methods of its classes that others call, with their names."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield node.name, node
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            for method in node.body:
                if isinstance(method, ast.FunctionDef) and re.match(r"[a-z]|__", method.name):
                    yield f"{node.name}.{method.name}", method


def _is_participle(name):
    last = name.strip("_").rsplit("_", 1)[-1]
    return PARTICIPLE.fullmatch(last) and last not in NOUNS and name not in PARAMETERS and not QUESTION.match(name)


def test_parameters_of_public_functions_are_no_participles():
    wrong = {
        f"{name}: {where}({one.arg})"
        for name, tree in source_trees()
        for where, function in _public_functions(tree)
        for one in ast.walk(function.args)
        if isinstance(one, ast.arg) and _is_participle(one.arg)
    }
    assert not wrong


def test_every_participle_that_is_allowed_is_a_parameter():
    """A word that no function takes any more goes from the list."""
    used = {
        one.arg
        for _, tree in source_trees()
        for _, function in _public_functions(tree)
        for one in ast.walk(function.args)
        if isinstance(one, ast.arg)
    }
    assert used >= PARAMETERS


def test_a_figure_is_a_picture_and_a_published_number_is_a_value():
    wrong = {
        f"{name}: {where}"
        for name, where, one in _names_of_files()
        if "figure" in one.lower() and not name.startswith(PICTURES)
    }
    assert not wrong


def test_a_study_is_replayed_and_a_ledger_is_checked():
    wrong = {f"{name}: {where}" for name, where, one in _names_of_files() if "replay" in one.lower()}
    assert wrong == {"evidence/replay.py: replay", "cli/commands/evidence.py: _replay_all"}
