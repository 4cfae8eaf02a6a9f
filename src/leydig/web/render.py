"""`page` and `part`: a view as HTML. Every text is escaped; nothing of style or script stands in the page."""

import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from leydig.assessment.finding import OVERRIDE_REASONS
from leydig.characters import visible_text
from leydig.evidence.formats import number_text
from leydig.extras import extra
from leydig.protocol.implied import short_title
from leydig.web.addresses import address
from leydig.web.assets import asset_address
from leydig.web.board.drawing import COURSES, NARROW, WIDE, draw_panel, draw_ribbon
from leydig.web.board.intervals import draw_intervals
from leydig.web.board.weeks import draw_weeks
from leydig.web.frame import Frame
from leydig.web.text import catalogue
from leydig.web.view import View

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["page", "part"]

_NUMBERS = re.compile(r"\[(\d+(?:, \d+)*)\]")
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
        finalize=_show,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.globals |= {
        "t": catalogue(), "link": address, "asset": asset_address, "draw_panel": draw_panel,
        "draw_ribbon": draw_ribbon, "draw_weeks": draw_weeks, "draw_intervals": draw_intervals,
        "WIDE": WIDE, "NARROW": NARROW, "COURSES": COURSES,
        "OVERRIDE_REASONS": OVERRIDE_REASONS,
    }  # fmt: skip
    environment.filters |= {
        "links": _links,
        "cited": _cite_links,
        "percent": _percent,
        "number": number_text,
        "moment": _moment,
        "words": short_title,
    }
    return environment


def _show(value: object) -> object:
    """Return a text in which what cannot be seen is written by its number; drawn HTML is as it is."""
    if not isinstance(value, str) or hasattr(value, "__html__"):
        return value
    return visible_text(value.replace("\r\n", "\n"))


def _links(text: str) -> str:
    """Return a text in which addresses of the web can be followed."""
    with extra("reports"):
        from markupsafe import Markup, escape

    def anchor(found: re.Match[str]) -> str:
        return f'<a rel="noreferrer" href="{found[0]}">{found[0]}</a>'

    return Markup(_LINK.sub(anchor, str(escape(visible_text(text)))))


def _cite_links(text: str) -> str:
    """Return a text in which numbers of sources, such as [1, 2], lead to them."""
    with extra("reports"):
        from markupsafe import Markup, escape

    def anchors(found: re.Match[str]) -> str:
        return ", ".join(f'<a class="cite" href="#source-{one}">{one}</a>' for one in found[1].split(", "))

    return Markup(_NUMBERS.sub(lambda found: f"[{anchors(found)}]", str(escape(visible_text(text)))))


def _moment(text: str) -> str:
    """Return a time to the minute, with the whole of it behind."""
    with extra("reports"):
        from markupsafe import Markup, escape

    shown = f"{text[:10]} {text[11:16]}" + (" UTC" if text.endswith(("+00:00", "Z")) else "")
    return Markup(f'<time datetime="{escape(text)}">{escape(visible_text(shown if len(text) > 15 else text))}</time>')


def _percent(share: float) -> str:
    return f"{100.0 * share:.0f} %"
