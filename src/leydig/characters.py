"""Characters that cannot be seen, for two texts that look the same must be the same, and letters without accents."""

import unicodedata

__all__ = ["hidden_character", "visible_text", "without_accents"]

_HIDDEN = ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp")  # controls, formats, unassigned, private, surrogates, separators


def hidden_character(text: str, exceptions: str = "") -> str:
    r"""Return the first character of a text that cannot be seen, in words; empty when there is none.

    Parameters
    ----------
    text : str
    exceptions : str, optional
        Such characters that may stand there.

    Examples
    --------
    >>> hidden_character("ng/dL\u200b")
    'the invisible character U+200B (ZERO WIDTH SPACE)'
    """
    if text.isprintable():
        return ""
    for letter in text:
        if letter not in exceptions and unicodedata.category(letter) in _HIDDEN:
            name = unicodedata.name(letter, "")
            return f"the invisible character U+{ord(letter):04X}" + (f" ({name})" if name else "")
    return ""


def visible_text(text: object) -> str:
    r"""Return a text in which characters that act on a terminal or cannot be seen are written by their number.

    Examples
    --------
    >>> visible_text("a\x1b[31mb")
    'a\\x1b[31mb'
    """
    found = str(text)
    if found.isprintable():
        return found
    return "".join(one if one in "\n\t" or not hidden_character(one) else _number(one) for one in found)


def without_accents(text: str) -> str:
    """Return a text whose letters have no accents, and whose signs are in their plain form.

    Examples
    --------
    >>> without_accents("hématocrite"), without_accents("10⁶")
    ('hematocrite', '106')
    """
    return "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))


def _number(letter: str) -> str:
    code = ord(letter)
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"
