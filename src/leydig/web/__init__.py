"""The pages: views of a man, a clinic and what stands behind them, as HTML and as JSON with the same content.

The room knows no HTTP and no database. `leydig.web.views` builds a view from objects of the library; `page` draws it.
"""

from leydig.web.assets import asset
from leydig.web.frame import Frame
from leydig.web.render import page, part

__all__ = ["Frame", "asset", "page", "part"]
