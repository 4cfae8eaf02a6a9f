"""The page of the command line, written from the commands themselves."""

from typing import Any

from text import cell, table
from typer.main import get_command

from leydig.cli.main import app

__all__ = ["command_page"]


def command_page() -> str:
    """Return the Markdown of every command, with its arguments and options."""
    parts = [
        part for name, one in sorted(get_command(app).commands.items()) for part in _command(f"leydig {name}", one)
    ]
    return "\n".join(["# Command line\n", "`--help` after any command says the same.\n", *parts])


def _command(path: str, command: Any) -> list[str]:
    inside = getattr(command, "commands", {})
    if inside:
        return [part for name, one in sorted(inside.items()) for part in _command(f"{path} {name}", one)]
    rows = [_parameter(one) for one in command.params if one.name != "help"]
    return [f"## {path}\n", f"{cell(command.help or '')}\n", table(rows)]


def _parameter(one: Any) -> dict[str, str]:
    names = ", ".join(one.opts) if one.param_type_name == "option" else one.name.upper()
    default = "" if one.default is None or callable(one.default) or one.default in ("", False) else cell(one.default)
    return {
        "argument or option": f"`{names}`",
        "what it says": cell(one.help or ""),
        "default": "required" if one.required else default,
    }
