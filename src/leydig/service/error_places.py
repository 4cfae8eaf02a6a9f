"""What is written of an error of the program: its kind and places, never its words: they may hold what one asked."""

from traceback import extract_tb

__all__ = ["error_places"]


def error_places(error: BaseException | None) -> str:
    """Return an error in lines: its kind, and where it was raised and handed on."""
    if error is None:
        return ""
    places = [f"  {one.filename}:{one.lineno} in {one.name}" for one in extract_tb(error.__traceback__)]
    return "\n".join([type(error).__name__, *places])
