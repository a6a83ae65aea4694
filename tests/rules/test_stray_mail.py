from __future__ import annotations

import pytest

from agent.rules.stray_mail import AUTOMATIC, UNDELIVERED, stray_mail

STRANGERS = "automatic mails came from addresses that are nobody's here"


@pytest.mark.parametrize(
    "came,said",
    [
        ({}, None),
        ({UNDELIVERED: 1}, "In the last 24 hours a mail could not be delivered"),
        ({AUTOMATIC: 1}, "In the last 24 hours 1 automatic mail came from addresses that are nobody's here"),
        ({AUTOMATIC: 7, UNDELIVERED: 2}, f"In the last 24 hours 2 mails could not be delivered and 7 {STRANGERS}"),
    ],
)
def test_machines_mail_is_told_in_one_sentence_or_not_at_all(came: dict[str, int], said: str | None) -> None:
    assert stray_mail(came) == said
