"""`page` and `part`: a view as HTML. Every text is escaped; nothing of style or script stands in the page."""

import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from leydig.extras import extra
from leydig.web.addresses import address
from leydig.web.assets import asset_address
from leydig.web.board.drawing import NARROW, WIDE, draw_panel, draw_ribbon
from leydig.web.frame import Frame
from leydig.web.text import catalogue
from leydig.web.view import View

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["page", "part"]

_LINK = re.compile(r"https://[^\s<>\"']+[^\s<>\"'.,;)]")


def page(view: View, frame: Frame) -> str:
    """Return a whole page."""
    return _environment().get_template(view.template).render(view=view, frame=frame)


def part(view: View, frame: Frame) -> str:
    """Return the content of a page alone, without what stands around it."""
    template = _environment().get_template(view.template)
    context = template.new_context({"view": view, "frame": frame})
    return "".join(template.blocks["content"](context))


@lru_cache(maxsize=1)
def _environment() -> "Environment":
    with extra("reports"):
        from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.globals |= {
        "t": catalogue(), "link": address, "asset": asset_address, "draw_panel": draw_panel,
        "draw_ribbon": draw_ribbon, "WIDE": WIDE, "NARROW": NARROW,
    }  # fmt: skip
    environment.filters |= {"links": _links, "percent": _percent, "number": _number, "signed": _signed}
    return environment


def _links(text: str) -> str:
    """Return a text in which addresses of the web can be followed."""
    from markupsafe import Markup, escape

    def anchor(found: re.Match[str]) -> str:
        return f'<a rel="noreferrer" href="{found[0]}">{found[0]}</a>'

    return Markup(_LINK.sub(anchor, str(escape(text))))


def _percent(share: float) -> str:
    return f"{100.0 * share:.0f} %"


def _number(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 1000.0 else f"{value:,.0f}"


def _signed(value: int) -> str:
    return f"{value:+d}"
