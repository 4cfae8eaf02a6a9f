"""What the site adds to the written pages: entries, equations, commands, rooms, decisions, schemas; the navigation."""

from pathlib import Path
from typing import Any

from commands import command_page
from entries import entry_pages
from equations import equation_page
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from rooms import room_pages
from schemas import schema_files

DECISIONS = Path(__file__).parents[1] / "decisions"
ENTRIES = entry_pages()
ROOMS = room_pages()
WRITTEN = {"equations.md": equation_page(), "commands.md": command_page()}
SCHEMAS = schema_files()


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Add the sections of pages that are written here to the kinds of the navigation."""
    kinds: dict[str, list[Any]] = {title: inside for one in config.nav or () for title, inside in one.items()}
    kinds["Reference"] += [{title: [*map(_named, pages)]} for title, pages in ENTRIES.items()]
    kinds["Reference"] += [{"Equations": "equations.md"}, {"Command line": "commands.md"}, {"Python": list(ROOMS)}]
    kinds["Explanation"].append({"Decisions": [f"decisions/{page.name}" for page in sorted(DECISIONS.glob("*.md"))]})
    return config


def _named(address: str) -> str | dict[str, str]:
    """Return an entry of the navigation under its name, which is shorter than the title of its page."""
    return address if address.endswith("index.md") else {Path(address).stem: address}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages and schemas."""
    for address, text in {
        **WRITTEN,
        **ROOMS,
        **SCHEMAS,
        **{k: v for pages in ENTRIES.values() for k, v in pages.items()},
    }.items():
        files.append(File.generated(config, address, content=text))
    return files
