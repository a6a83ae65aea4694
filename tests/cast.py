"""Who the tests are about: invented leads with numbers and addresses of nobody, their team, and what they send us.

Everyone has a place and a manner, so that a test reads as something that happened to somebody. Numbers are 555-01xx
with real area codes, because zones and quiet hours follow from those.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

from agent import team as team_file
from agent.rules.team import Team

TUESDAY_MORNING = datetime(2026, 7, 7, 15, 0, tzinfo=UTC)
"""Tuesday 7 July 2026, 10:00 in Austin: every zone of the contiguous states may be texted."""

TUESDAY_NIGHT = datetime(2026, 7, 8, 4, 0, tzinfo=UTC)
"""The same Tuesday, 23:00 in Austin: nobody there may be texted."""

OUR_NUMBER = "+15125550100"

TEXT_WORDING = "I agree to receive texts from Alder Realty about my inquiry. Reply STOP to end."


@dataclass(frozen=True, slots=True)
class Lead:
    """Somebody who gets in touch. `about` says what a reader of the test should know of them."""

    first: str
    last: str
    email: str
    phone: str
    city: str
    state: str
    about: str

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first} {self.last}"


MAYA = Lead("Maya", "Okafor", "maya.okafor@example.com", "+15125550142", "Austin", "TX", "wants her first home")
DIEGO = Lead("Diego", "Fuentes", "diego.fuentes@example.com", "+15125550143", "Austin", "TX", "may sell in spring")
RUTH = Lead("Ruth", "Adler", "ruth.adler@example.org", "+16175550144", "Boston", "MA", "answers by email only")
HANK = Lead("Hank", "Boone", "hank.boone@example.net", "+13035550145", "Denver", "CO", "wants to be left alone")
JUNE = Lead("June", "Park", "june.park@example.com", "+12065550146", "Seattle", "WA", "shares a phone with her husband")
WALT = Lead("Walt", "Park", "walt.park@example.com", "+12065550146", "Seattle", "WA", "shares a phone with his wife")
OLIVE = Lead("Olive", "Marsh", "olive.marsh@example.com", "+15125550147", "Austin", "TX", "bought from us years ago")

EVERYONE = (MAYA, DIEGO, RUTH, HANK, JUNE, WALT, OLIVE)


def guest(number: int) -> Lead:
    """One of up to fifty more people in Austin, for tests that need a crowd."""
    return Lead(
        f"Guest{number}", "Moss", f"guest{number}@example.com", f"+1512555{150 + number:04d}", "Austin", "TX", ""
    )


def team() -> Team:
    """Alder Realty: Dana leads it, Theo works in it; a field of the CRM says who agreed to texts."""
    return team_file.from_dict(
        {
            "team": {
                "brokerage": "Alder Realty",
                "postal_address": "200 Alder Street, Suite 4, Austin, TX 78701",
                "zone": "America/Chicago",
            },
            "assignees": [
                _assignee("dana", "Dana Reyes", "+15125550110", leads_team=True),
                _assignee("theo", "Theo Lind", "+15125550111", leads_team=False),
            ],
            "stages": {
                "Lead": {"status": "new", "automation": True},
                "Under contract": {"status": "proposal", "automation": False, "reason": "under contract"},
                "Closed": {"status": "closed_won", "automation": False, "reason": "closed: a past client"},
            },
            "consent": [
                {
                    "match": "custom",
                    "field": "customTextConsent",
                    "value": "yes",
                    "channels": ["sms", "email"],
                    "wording": TEXT_WORDING,
                    "kept_at": "the open-house sheet, scanned in the office",
                    "since": date(2025, 1, 15),
                }
            ],
        },
        where="tests/cast.py",
    )


def form(lead: Lead, *, campaign: str = "spring-guide", **changes: Any) -> dict[str, Any]:
    """Give the body of a form post by this lead; `changes` replace whole parts of it."""
    body: dict[str, Any] = {
        "campaign_id": campaign,
        "source": "landing-page",
        "contact": {
            "firstName": lead.first,
            "lastName": lead.last,
            "email": lead.email,
            "phone": lead.phone,
            "company": "",
        },
        "lead_details": {"service_interest": "buying", "urgency": "", "message": "", "timeline": "this summer"},
        "tracking": {"visitor_id": f"visitor-{lead.first.lower()}", "utm_source": "newsletter"},
        "form_metadata": {"form_type": "guide", "form_version": "2", "consent_given": True},
    }
    return body | changes


def mail(
    lead: Lead,
    body: str,
    *,
    to: str = "hello@tend.example",
    message_id: str | None = None,
    at: datetime = TUESDAY_MORNING,
    quoting: str = "",
    subject: str = "Re: your message",
    **headers: str,
) -> bytes:
    """Write a raw email from this lead. `quoting` stands below as the history a mail program adds."""
    message = EmailMessage()
    message["From"] = f"{lead.name} <{lead.email}>"
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = format_datetime(at)
    if message_id is not None:
        message["Message-ID"] = f"<{message_id}>"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    history = "".join(f"> {line}\n" for line in quoting.splitlines())
    message.set_content(f"{body}\n\nOn Tue, 7 Jul 2026 Dana Reyes wrote:\n{history}" if quoting else f"{body}\n")
    return message.as_bytes()


def _assignee(key: str, name: str, phone: str, *, leads_team: bool) -> dict[str, Any]:
    return {
        "key": key,
        "name": name,
        "phone": phone,
        "email": f"{key}@alder.example.com",
        "zone": "America/Chicago",
        "hours": "08:00-19:00",
        "leads_team": leads_team,
    }
