"""What a posted form says that a campaign score may rest on, and the words it says it with.

Promises a value for any body a door lets in, however odd: what cannot be read is unknown, never an error. Only what
`CampaignFacts` names is looked at; a name, a language, a place, a family or an income has no way in. The fields are
those of `POST /v1/api/leads`:

* `contact`: `email`, `phone`, `company`
* `lead_details`: `service_interest`, `urgency`, `budget_range` (or `budget`), and whether there is a `message`
* `tracking`: `time_on_page` in seconds, `return_visitor`, `channel`, else `utm_medium` and `utm_source`
* `form_metadata`: `fields_completed` (`all` or `required`)
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from agent.rules.contact import normalise_email, normalise_phone
from agent.rules.mail_domains import Mailbox, load_domains, mailbox
from agent.rules.scoring_profiles import CHANNELS, CampaignProfile, plain

_LONGEST = 120

Level = Literal["high", "medium", "low", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignFacts:
    """All that a campaign score may rest on. `seconds_on_page`, `return_visitor`: None when nobody said.

    `channel` is one of `CHANNELS`, else `other` or `unknown`.
    """

    mailbox: Mailbox = "unknown"
    phone: bool = False
    company: bool = False
    service: Literal["specific", "general", "unknown"] = "unknown"
    urgency: Level = "unknown"
    budget: bool = False
    seconds_on_page: float | None = None
    fields: Literal["all", "required", "unknown"] = "unknown"
    return_visitor: bool | None = None
    channel: str = "unknown"


@dataclass(frozen=True, slots=True)
class FormFacts:
    """The facts, and for a person to see: what the form said, by the name of the fact."""

    facts: CampaignFacts
    said: Mapping[str, str]


def read(content: Mapping[str, Any], profile: CampaignProfile) -> FormFacts:
    """Read a form's body, normalised or as it was posted."""
    contact, details, tracking, form = (
        _part(content, key) for key in ("contact", "lead_details", "tracking", "form_metadata")
    )
    email = normalise_email(_text(contact, "email")) or ""
    service = _text(details, "service_interest")
    urgency = _text(details, "urgency")
    budget = _text(details, "budget_range") or _text(details, "budget")
    channel, told = _channel(tracking, profile)
    seconds = _seconds(tracking.get("time_on_page", form.get("time_on_page")))
    facts = CampaignFacts(
        mailbox=mailbox(email, load_domains()),
        phone=normalise_phone(_text(contact, "phone")) is not None,
        company=_says(_text(contact, "company"), profile),
        service=_service(service, message=bool(_text(details, "message")), profile=profile),
        urgency=_urgency(urgency, profile),
        budget=_says(budget, profile),
        seconds_on_page=seconds,
        fields=_fields(form.get("fields_completed")),
        return_visitor=_visitor(content, tracking),
        channel=channel,
    )
    said = {
        "mailbox": email.rpartition("@")[2],
        "company": _text(contact, "company"),
        "service": service,
        "urgency": urgency,
        "budget": budget,
        "seconds_on_page": _clock(seconds),
        "channel": told,
    }
    return FormFacts(facts, {name: words for name, words in said.items() if words})


def _service(words: str, *, message: bool, profile: CampaignProfile) -> Literal["specific", "general", "unknown"]:
    """A service by name, or a question in general: one that names none and still says something."""
    if plain(words) in profile.words["general_service"]:
        return "general"
    if _says(words, profile):
        return "specific"
    return "general" if message else "unknown"


def _urgency(words: str, profile: CampaignProfile) -> Level:
    for level in ("high", "medium", "low"):
        if plain(words) in profile.words[f"urgency_{level}"]:
            return level
    return "unknown"


def _fields(said: Any) -> Literal["all", "required", "unknown"]:
    match said:
        case str():
            word = plain(said)
            return "all" if word == "all" else "required" if word in {"required", "required only"} else "unknown"
        case _:
            return "unknown"


def _visitor(content: Mapping[str, Any], tracking: Mapping[str, Any]) -> bool | None:
    """Whether they were here before: as the browser's id shows, else as the form says."""
    if content.get("returning_visitor") is True:
        return True
    told = tracking.get("return_visitor", tracking.get("returning_visitor"))
    if isinstance(told, bool):
        return told
    return False if "returning_visitor" in content and _text(tracking, "visitor_id") else None


def _channel(tracking: Mapping[str, Any], profile: CampaignProfile) -> tuple[str, str]:
    """The channel and the words it was told by. A paid click on a social page is social, whatever its medium says."""
    medium, source = _text(tracking, "utm_medium"), _text(tracking, "utm_source")
    told = _text(tracking, "channel") or medium
    if plain(source) in profile.words["social"] and _named(told, profile) in {"", "paid_search", "organic"}:
        return "social", f"{source} {told}".strip()
    for words in (told, source):
        if found := _named(words, profile):
            return found, words
    return ("other", told or source) if _says(told or source, profile) else ("unknown", "")


def _named(words: str, profile: CampaignProfile) -> str:
    return next((channel for channel in CHANNELS if plain(words) in profile.words[channel]), "")


def _says(words: str, profile: CampaignProfile) -> bool:
    return bool(words) and plain(words) not in profile.words["unknown"]


def _seconds(said: Any) -> float | None:
    """A duration in seconds, from a number or a number in quotes; nonsense is unknown."""
    if isinstance(said, bool) or not isinstance(said, (int, float, str)):
        return None
    try:
        seconds = float(said)
    except (ValueError, OverflowError):
        return None
    return seconds if math.isfinite(seconds) and 0 <= seconds <= 86_400 else None


def _clock(seconds: float | None) -> str:
    return "" if seconds is None else f"{int(seconds) // 60} min {int(seconds) % 60} s"


def _part(content: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = content.get(key)
    return found if isinstance(found, dict) else {}


def _text(part: Mapping[str, Any], key: str) -> str:
    found = part.get(key)
    if isinstance(found, bool) or not isinstance(found, (str, int, float)):
        return ""
    return " ".join(str(found).split())[:_LONGEST]
