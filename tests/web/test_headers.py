from __future__ import annotations

import pytest

from agent.web.app import CSP
from tests.web.stage import Stage


@pytest.mark.parametrize(
    "path", ["/", "/healthz", "/nope", "/static/tend.css", "/leads/lead_0", "/v1/api/leads/x/status"]
)
def test_every_answer_carries_the_security_headers(locked_stage: Stage, path: str) -> None:
    with locked_stage.client() as browser:
        headers = browser.get(path).headers
    assert headers["content-security-policy"] == CSP
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


def test_an_address_that_is_nobodys_is_a_page_for_people_and_json_for_programs(locked_stage: Stage) -> None:
    with locked_stage.client() as browser:
        person = browser.get("/nope")
        program = browser.get("/nope", headers={"accept": "application/json"})
    assert (person.status_code, program.status_code) == (404, 404)
    assert "There is no such page" in person.text
    assert program.json()["error"] == "NOT_FOUND"
