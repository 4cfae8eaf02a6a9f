"""The interface against its own description: what schemathesis makes of it, a few cases for each route.

More of it: SCHEMATHESIS_EXAMPLES=200 python -m pytest tests/service/test_interface.py
"""

import os

import pytest
from browser import Browser
from hypothesis import HealthCheck, Phase, given, seed, settings

EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "2"))
APART = {
    "POST /sign-out",
    "POST /sign-in",
    "POST /account",
    "POST /sign-in/code",
}  # end the session of those that follow
LIMITS = settings(
    max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


@pytest.fixture
def schema(rooms, app):
    """Return what the service says of itself, and an admin. What a record may hold is more than a schema says."""
    schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed: pip install leydig[dev]")
    return schemathesis.openapi.from_asgi("/openapi.json", app), Browser(app, rooms)


def test_every_route_answers_as_its_description_says(schema):
    from schemathesis.specs.openapi.checks import positive_data_acceptance

    described, browser = schema
    headers = {"X-CSRF-Token": browser.csrf, "Cookie": f"leydig={browser.client.cookies['leydig']}"}
    tried = []
    for found in described.get_all_operations():
        operation = found.ok()
        if operation.definition.raw["operationId"] in APART:
            continue

        @seed(1)
        @LIMITS
        @given(case=operation.as_strategy())
        def check(case):
            case.call_and_validate(headers=headers, excluded_checks=[positive_data_acceptance])

        check()
        tried.append(operation.label)
    assert len(tried) > 40
