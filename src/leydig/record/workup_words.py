"""The words of a work-up: a normal result, no result yet, or what was found.

What is not surely normal counts as a finding, which blocks: every word of a normal result is known here, and a finding
in it ("adenoma", "deletion") stands behind a denial.
"""

import re

__all__ = ["is_awaited", "is_normal_result"]

_NO_RESULT = ("", "?", "no", "none", "yes", "nil", "done", "n/a", "na", "nd", "true", "false", "x")
_AWAITED = re.compile(
    r"\b(pending|await(s|ed|ing)?|ordered|requested|scheduled|booked|appointment|planned|outstanding|unknown|tbd|tba"
    r"|declin(ed|es)|refus(ed|es|al)|cancell?ed|in (progress|process|lab|the lab)|sent|to (follow|do)|will do|no result"
    r"|not (yet |been )*(done|performed|available|known|reported|tested|taken|checked|requested|ordered|back|sent)"
    r"|not (yet|indicated)|see report|inconclusive|indeterminate|insufficient|rejected|failed|failure|lost|repeat"
    r"|ha?emoly[sz]ed|re ?test|ausstehend|angefordert|abgelehnt|en attente|en cours|pendiente|pendente|in attesa)\b"
)
_LONGEST_AWAITED = 5  # words; a longer text holds a finding beside what is to come

_SURE = {"normal", "unremarkable", "wnl", "nad", "negative", "intact"}
_DENIAL = {"no", "none", "without", "negative"}
# what may stand in a normal result beside the words that make it one
_BESIDE = {
    "a", "of", "for", "the", "and", "or", "any", "in", "is", "was", "within", "limits", "evidence", "sign", "signs",
    "result", "results", "pituitary", "sella", "mri", "ct", "scan", "imaging", "testes", "testis", "both",
    "scrotal", "ultrasound", "karyotype", "male", "chromosome", "chromosomes", "y", "azf", "cftr", "gene", "genes",
    "panel", "test", "detected", "found", "seen", "identified", "present"
}  # fmt: skip
_FINDING = {
    "deletion", "deletions", "microdeletion", "microdeletions", "mutation", "mutations", "variant", "variants",
    "lesion", "lesions", "adenoma", "microadenoma", "macroadenoma", "mass", "tumor", "tumour", "focal",
    "aberration", "aberrations", "abnormality", "abnormalities"
}  # fmt: skip
_NOT = re.compile(r"\bnot (detected|found|seen|identified|present)\b")
_MALE = re.compile(
    r"\b46 ?,? ?xy\b(?: ?\[\d+\])?(?! ?[,;/(\[])"
)  # a count of cells may follow, nothing else of the formula
_DAY = re.compile(r"\b\d{4}-\d{2}(-\d{2})?\b")


def is_normal_result(result: str) -> bool:
    """Return whether the words of a work-up surely say that nothing was found.

    Examples
    --------
    >>> [is_normal_result(one) for one in ("No evidence of adenoma.", "adenoma", "normal, adenoma unchanged")]
    [True, False, False]
    """
    text = _MALE.sub(" normal ", _DAY.sub(" ", " ".join(result.lower().replace("(", " ").replace(")", " ").split())))
    words = re.findall(r"[^\W_]+", _NOT.sub(" none ", text))
    if not words or not set(words) <= _SURE | _DENIAL | _BESIDE | _FINDING:
        return False
    found = [place for place, word in enumerate(words) if word in _FINDING]
    denied = [place for place, word in enumerate(words) if word in _DENIAL]
    if not found:
        return bool(_SURE & set(words)) and not {"no", "without"} & set(words)
    return bool(denied) and (denied[0] < found[0] or words[-1] in ("none", "negative"))


def is_awaited(result: str) -> bool:
    """Return whether the words of a work-up say that there is no result yet, or none that can be read.

    Examples
    --------
    >>> is_awaited("sent 2026-01-10"), is_awaited("47,XXY")
    (True, False)
    """
    words = " ".join(re.findall(r"(?:[^\W\d_]|[/?])+", result.lower()))
    return words in _NO_RESULT or (len(words.split()) <= _LONGEST_AWAITED and _AWAITED.search(words) is not None)
