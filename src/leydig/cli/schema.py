"""The command that describes the files that people write, for the editors that complete them."""

from importlib import import_module
from typing import Annotated

import typer

from leydig.cli.app import app
from leydig.cli.output import print_json, refusals

__all__ = ["schema"]

_MODELS = {
    "study": ("leydig.evidence.study_file", "StudyFile"),
    "protocol": ("leydig.protocol.protocol_file", "ProtocolFile"),
    "region": ("leydig.protocol.protocol_file", "ProtocolFile"),
    "trial": ("leydig.trial.trial_file", "TrialFile"),
}


@app.command()
def schema(kind: Annotated[str, typer.Argument(help=", ".join(_MODELS))]) -> None:
    """Print the JSON Schema of a kind of file, with the names of this version's catalogues."""
    with refusals():
        from leydig.errors import UnknownName
        from leydig.file_model import json_schema

        if kind not in _MODELS:
            raise UnknownName.among("kind of file", kind, _MODELS)
        module, model = _MODELS[kind]
        print_json(json_schema(getattr(import_module(module), model)))
