"""The JSON Schemas of the files that people write, which an editor reads from the site."""

import json

from leydig.cli.commands.schema import FILE_KINDS, describe_file

__all__ = ["schema_files"]


def schema_files() -> dict[str, str]:
    """Return the text of each schema by its address."""
    return {f"schemas/{kind}.schema.json": json.dumps(describe_file(kind), indent=1) for kind in FILE_KINDS}
