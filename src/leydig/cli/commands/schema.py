"""The command that describes the files that people write, for the editors that complete them."""

from importlib import import_module
from typing import Annotated, Any

import typer

from leydig.cli.app import app
from leydig.cli.output import print_json, refusals

__all__ = ["FILE_KINDS", "describe_file", "schema"]

FILE_KINDS = {
    "study": ("leydig.evidence.study_file", "StudyFile"),
    "protocol": ("leydig.protocol.protocol_file", "ProtocolFile"),
    "record": ("leydig.record.record_file", "RecordFile"),
    "reference": ("leydig.evidence.reference.reference_file", "ReferenceFile"),
    "region": ("leydig.protocol.protocol_file", "ProtocolFile"),
    "trial": ("leydig.trial.design.trial_file", "TrialFile"),
    "unused": ("leydig.evidence.reference.reference_file", "UnusedFile"),
}


@app.command()
def schema(kind: Annotated[str, typer.Argument(help=", ".join(FILE_KINDS))]) -> None:
    """Print the JSON Schema of a kind of file, with the names of this version's catalogues."""
    with refusals():
        print_json(describe_file(kind))


def describe_file(kind: str) -> dict[str, Any]:
    """Return the JSON Schema of a kind of file.

    Raises
    ------
    UnknownName
        When no kind is called so.
    """
    from leydig.errors import UnknownName
    from leydig.file_model import json_schema

    if kind not in FILE_KINDS:
        raise UnknownName.among("kind of file", kind, FILE_KINDS)
    module, model = FILE_KINDS[kind]
    return json_schema(getattr(import_module(module), model))
