"""Whether what the project defines is documented."""

import inspect
import re


def documented(thing):
    """Return whether a module or class opens with a sentence."""
    text = inspect.getdoc(thing) or ""
    return re.match(r"[A-Za-z].{15,}?\.", text, re.DOTALL) is not None
