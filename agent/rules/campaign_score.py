"""The campaign score: what one form is worth, out of 100, with a grade.

Contact quality 25, intent 35, behaviour 25, source 15, in the numbers of `data/scoring.toml`. Promises one line for
each thing that could have given points, those that gave none among them: unknown means no points, and says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from agent.rules.form_facts import CampaignFacts
from agent.rules.ledger import Line, summed
from agent.rules.scoring_profiles import CHANNELS, CampaignProfile

_THREE_MINUTES, _ONE_MINUTE = 180, 60
_MAILBOXES = {
    "free": "a free or provider's mailbox",
    "disposable": "a throw-away mailbox",
    "unknown": "no email address",
}
_URGENCIES = {"high": "high or emergency", "medium": "medium", "low": "low"}
_CALLED = {
    "paid_search": "came by paid search",
    "organic": "came by organic search",
    "direct": "came directly",
    "social": "came by social media",
    "email": "came by email",
    "other": "came by a channel that gives no points",
}


@dataclass(frozen=True, slots=True)
class CampaignScore:
    """Points of 100, the grade they mean, the profile's version, and lines that sum to the points."""

    points: int
    grade: str
    version: str
    lines: tuple[Line, ...]


def score(facts: CampaignFacts, profile: CampaignProfile) -> CampaignScore:
    """Add up what the form shows."""
    points, lines = summed(_lines(facts, profile))
    return CampaignScore(points, grade(points, profile), profile.version, lines)


def grade(points: int, profile: CampaignProfile) -> str:
    """The letter for so many points; D below all others."""
    return next((letter for letter, begins in profile.grades if points >= begins), "D")


def _lines(facts: CampaignFacts, profile: CampaignProfile) -> Iterator[Line]:
    def line(fact: str, name: str, text: str, *, earned: bool) -> Line:
        return Line(profile.points[name] if earned else 0, text, fact, profile.most(name))

    business = facts.mailbox == "business"
    text = "business email domain" if business else _MAILBOXES[facts.mailbox]
    yield line("mailbox", "business_email", text, earned=business)
    yield line("phone", "phone", "left a phone number" if facts.phone else "no phone number", earned=facts.phone)
    yield line("company", "company", "named a company" if facts.company else "no company", earned=facts.company)

    service = "specific_service" if facts.service == "specific" else "general_inquiry"
    text = {"specific": "asked for a specific service", "general": "a general inquiry"}.get(facts.service, "")
    yield line("service", service, text or "service unknown", earned=bool(text))
    known = facts.urgency in _URGENCIES
    text = f"urgency {_URGENCIES.get(facts.urgency, 'unknown')}"
    yield line("urgency", f"urgency_{facts.urgency if known else 'low'}", text, earned=known)
    yield line("budget", "budget", "named a budget" if facts.budget else "budget unknown", earned=facts.budget)

    yield _time_on_page(facts.seconds_on_page, profile)
    text = {"all": "filled all fields", "required": "filled the required fields only"}.get(facts.fields, "")
    name = "all_fields" if facts.fields == "all" else "required_fields"
    yield line("fields", name, text or "unknown which fields were filled", earned=bool(text))
    back = facts.return_visitor is True
    text = (
        "a return visitor" if back else "first visit" if facts.return_visitor is False else "unknown if they came back"
    )
    yield line("return_visitor", "return_visitor", text, earned=back)

    named = facts.channel in CHANNELS
    text = _CALLED.get(facts.channel, "channel unknown")
    yield line("channel", facts.channel if named else "email", text, earned=named)


def _time_on_page(seconds: float | None, profile: CampaignProfile) -> Line:
    name, text = "page_1_to_3_minutes", "time on the page unknown"
    points = 0
    if seconds is not None and seconds > _THREE_MINUTES:
        name, text = "page_over_3_minutes", "more than 3 minutes on the page"
    elif seconds is not None and seconds >= _ONE_MINUTE:
        text = "1 to 3 minutes on the page"
    elif seconds is not None:
        text = "less than a minute on the page"
    if seconds is not None and seconds >= _ONE_MINUTE:
        points = profile.points[name]
    return Line(points, text, "seconds_on_page", profile.most(name))
