"""The command that prints a page of the service: the third face of each, beside the page and its JSON."""

from pathlib import Path
from typing import Annotated

import typer

from leydig.cli.app import AsJson, app
from leydig.cli.commands.service.serve import Address, Data, MasterKey, open_database
from leydig.cli.output import print_json, print_rows, refusals, say

__all__ = ["page"]


@app.command()
def page(
    path: Annotated[
        str, typer.Argument(metavar="ADDRESS", help="Such as '/people?due=overdue' or '/people/ID'.")
    ] = "/people",
    data: Data = None,
    address: Address = "",
    master_key: MasterKey = None,
    as_json: AsJson = False,
    out: Annotated[Path | None, typer.Option(help="Where a file, such as report.pdf, is written.")] = None,
) -> None:
    """Print a page of the service: men with what is due and overdue, one man, what-if, protocols, jobs, audit."""
    with refusals():
        from leydig.errors import OutOfRange
        from leydig.service.application import ROUTES, rooms_of
        from leydig.service.http.inside import READER, answer_inside
        from leydig.service.options import ServiceOptions
        from leydig.web import Frame, part
        from leydig.web.plain import plain_blocks
        from leydig.web.text import catalogue

        with open_database(data, address, master_key) as found:
            reply = answer_inside(rooms_of(found, ServiceOptions()), ROUTES, path)
            view = reply.view() if reply.view is not None else None
        if reply.file is not None:
            if out is None:
                raise OutOfRange(f"got {path!r}, which is a file; expected where it is written. Name it: --out FILE")
            out.write_bytes(reply.file)
            say(f"written: {out}", error=True)
        elif as_json or view is None:
            print_json((view.to_json() if view is not None else {}) | (reply.content or {}))
        else:
            frame = Frame(READER.account.name, str(READER.account.role))
            for block in plain_blocks(part(view, frame)):
                if isinstance(block, str):
                    say(block)
                else:
                    print_rows([dict(zip(block.head, row, strict=True)) for row in block.rows])
            say(catalogue().site.notice)
