"""Calls of CDS Hooks from browser pages of other sites (CORS): of those that are named, to those addresses alone."""

import re
from collections.abc import Mapping

from leydig.service.options import ServiceOptions

__all__ = ["allows_origin", "cross_origin_headers", "is_preflight"]

_HOOKS = re.compile(r"(?:/api/v1)?/cds-services(?:/[^/]+)?/?")
KEPT = 600  # [s] for which a browser need not ask again


def allows_origin(path: str, headers: Mapping[str, str], options: ServiceOptions) -> bool:
    """Return whether a request comes from a page of another site that may call this address."""
    return _HOOKS.fullmatch(path) is not None and headers.get("origin", "") in options.systems.origins


def is_preflight(method: str, headers: Mapping[str, str]) -> bool:
    """Return whether a browser asks whether it may ask."""
    return method == "OPTIONS" and "access-control-request-method" in headers


def cross_origin_headers(origin: str) -> list[tuple[bytes, bytes]]:
    """Return what lets a page of another site read the answer; no cookie goes with it."""
    return [
        (b"access-control-allow-origin", origin.encode("latin-1")),
        (b"access-control-allow-methods", b"GET, POST"),
        (b"access-control-allow-headers", b"authorization, content-type"),
        (b"access-control-max-age", str(KEPT).encode()),
        (b"vary", b"origin"),
    ]
