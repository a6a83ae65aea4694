"""Which vendors settings choose, and what is said when they cannot be used."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime

import pytest

from agent import settings as settings_file
from agent import vendors
from agent.settings import Settings

AMAZON = {"AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "AKTEST", "AWS_SECRET_ACCESS_KEY": "secret"}
SMTP = {"SMTP_URL": "smtp://dana:secret@mail.example.com"}


def read(**environment: str) -> Settings:
    return settings_file.load({"TEND_SENDING": "live", **environment}, env_file=None)


@pytest.mark.parametrize(
    "environment, email",
    [
        ({}, ""),
        (SMTP, "SMTP at mail.example.com:587"),
        (AMAZON, "Amazon SES in us-east-1"),
        ({**AMAZON, **SMTP}, "SMTP at mail.example.com:587"),
        ({**AMAZON, **SMTP, "TEND_EMAIL_VIA": "ses"}, "Amazon SES in us-east-1"),
        ({"AWS_REGION": "us-east-1"}, ""),
        ({"AWS_DEFAULT_REGION": "eu-west-1", "TEND_EMAIL_VIA": "ses"}, "Amazon SES in eu-west-1"),
    ],
)
def test_email_leaves_as_the_settings_say(environment: dict[str, str], email: str) -> None:
    assert vendors.email_described(read(**environment)) == email


@pytest.mark.parametrize(
    "environment, why",
    [
        ({}, "no sender is configured"),
        ({"SMTP_URL": "mail.example.com"}, "SMTP_URL: write it as"),
        ({"TEND_EMAIL_VIA": "smtp"}, "SMTP_URL is not set"),
        ({"TEND_EMAIL_VIA": "ses"}, "AWS_REGION is not set"),
        ({**AMAZON, "TEND_AWS_TEXTS": "sns"}, "TEND_AWS_TEXT_SENDER"),
    ],
)
def test_what_cannot_be_used_is_named_and_no_secret_is_repeated(environment: dict[str, str], why: str) -> None:
    with pytest.raises(vendors.Unusable, match=why) as refused:
        vendors.live_senders(read(**environment))
    assert "secret" not in str(refused.value)


def test_texts_go_through_amazon_where_it_is_said() -> None:
    chosen = read(**AMAZON, TEND_AWS_TEXTS="sms-voice", TEND_AWS_TEXT_SENDER="pool-1")
    assert vendors.texts_described(chosen) == "Amazon End User Messaging in us-east-1, from pool-1"
    assert vendors.live_senders(chosen) == ("email", "text")


def test_what_is_not_configured_is_not_loaded() -> None:
    program = "import sys, agent.wiring; print(sorted({'boto3', 'aiosmtplib', 'css_inline'} & set(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


async def test_both_email_senders_are_made_and_can_be_closed() -> None:
    for environment in (SMTP, AMAZON):
        made = vendors.email_sender(read(**environment), lambda: datetime.now(UTC))
        assert made is not None
        await made.aclose()
