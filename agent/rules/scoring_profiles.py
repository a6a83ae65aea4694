"""The two profiles that leads are scored by, read from `data/scoring.toml`: dated, versioned, for anyone to tune.

Promises that a bad file is refused whole with file, key path and reason; that the most a form can reach is 100 exactly;
and that a profile's version names its content, so that a score says by which numbers it came about. How points are
given is for `campaign_score` and `engagement`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

from agent.rules.dated import Dated, Entry, Rule, document, entries, in_force
from integrations.language_model import Intent

_FILE = "scoring.toml"
_DATED = ("id", "effective_from", "source", "last_reviewed")
_ALTERNATIVES = (
    ("business_email",),
    ("phone",),
    ("company",),
    ("specific_service", "general_inquiry"),
    ("urgency_high", "urgency_medium", "urgency_low"),
    ("budget",),
    ("page_over_3_minutes", "page_1_to_3_minutes"),
    ("all_fields", "required_fields"),
    ("return_visitor",),
    ("paid_search", "organic", "direct", "social", "email"),
)
"""What a form can show, one of each line at a time."""
CHANNELS = _ALTERNATIVES[-1]
_CAMPAIGN: Mapping[str, tuple[str, ...]] = {
    "contact": ("business_email", "phone", "company"),
    "intent": (*_ALTERNATIVES[3], *_ALTERNATIVES[4], "budget"),
    "behaviour": (*_ALTERNATIVES[6], *_ALTERNATIVES[7], "return_visitor"),
    "channel": CHANNELS,
}
_WORDS = ("general_service", "unknown", "urgency_high", "urgency_medium", "urgency_low", *CHANNELS)
_GRADES = ("A", "B", "C")
_ENGAGEMENT: Mapping[str, tuple[str, ...]] = {
    "known": ("came", "phone", "email", "price", "pre_approved", "returning_visitor", "refused"),
    "intent": (),
    "urgency": ("high", "medium", "low"),
    "timeline": ("month", "quarter", "half_year", "later"),
    "talk": (
        "showing_asked",
        "each_reply",
        "replies_at_most",
        "answer_in_10_minutes",
        "answer_in_an_hour",
        "positive",
        "negative",
    ),
    "pages": ("each_open", "opens_at_most", "each_click", "clicks_at_most", "each_listing", "listings_at_most"),
    "fading": ("within_a_day", "within_a_week"),
    "temperature": ("hot_from", "hot_until", "warm_from", "warm_until"),
}


@dataclass(frozen=True, slots=True, eq=False)
class CampaignProfile:
    """What a form is worth. `grades` are letters with the points they begin at, best first; `words` are lower-case."""

    version: str
    points: Mapping[str, int]
    grades: tuple[tuple[str, int], ...]
    words: Mapping[str, frozenset[str]]

    def most(self, name: str) -> int:
        """The most that the line of this kind of points can give."""
        return max(self.points[other] for line in _ALTERNATIVES if name in line for other in line)


@dataclass(frozen=True, slots=True, eq=False)
class EngagementProfile:
    """What a lead's doings are worth, by table and key of the file."""

    version: str
    points: Mapping[str, Mapping[str, int]]
    machine_seconds: int
    half_life_days: int


@dataclass(frozen=True, slots=True, eq=False)
class Profiles:
    """The whole file."""

    campaign: tuple[Dated[CampaignProfile], ...]
    engagement: tuple[Dated[EngagementProfile], ...]

    def campaign_on(self, day: date) -> CampaignProfile:
        """The campaign profile in force; before the first, the first."""
        return in_force(self.campaign, day) or self.campaign[0].rule

    def engagement_on(self, day: date) -> EngagementProfile:
        """The engagement profile in force; before the first, the first."""
        return in_force(self.engagement, day) or self.engagement[0].rule


@cache
def load_profiles() -> Profiles:
    """Read the file that ships with Tend, once. Raises `BadRuleFile`."""
    return parse(files("agent.rules").joinpath("data", _FILE).read_text("utf-8"), file=f"agent/rules/data/{_FILE}")


def parse(text: str, *, file: str) -> Profiles:
    """Read profiles from TOML. Raises `BadRuleFile` at the first thing wrong with it."""
    read = document(text, file=file)
    return Profiles(
        campaign=_versions(read, "campaign", _campaign, tables=(*_CAMPAIGN, "grades", "words"), file=file),
        engagement=_versions(read, "engagement", _engagement, tables=tuple(_ENGAGEMENT), file=file),
    )


def _versions(
    read: Mapping[str, Any], kind: str, make: Callable[[Entry, str], Rule], *, tables: tuple[str, ...], file: str
) -> tuple[Dated[Rule], ...]:
    found: list[Dated[Rule]] = []
    for index, item in enumerate(entries(read, kind, file=file)):
        entry = Entry(f"{file}: {kind}[{index}]", item)
        needed = (*_DATED, *tables)
        entry.check_keys(needed=needed, allowed=frozenset({*needed, "effective_to", "note"}))
        for key in ("id", "source"):
            entry.text(key)
        entry.day("last_reviewed")
        starts, ends = entry.in_force(found)
        content = json.dumps({key: item[key] for key in tables}, sort_keys=True, default=str)
        version = f"{entry.text('id')} {hashlib.sha256(content.encode()).hexdigest()[:8]}"
        found.append(Dated(starts, ends, make(entry, version)))
        if found[-1].starts != _next_day(found[:-1], starts):
            raise entry.wrong("effective_from", "must be the day after the one before it ends")
    if found[-1].ends is not None:
        raise Entry(f"{file}: {kind}[{len(found) - 1}]", {}).wrong("effective_to", "the last one must stay in force")
    return tuple(found)


def _next_day(before: Sequence[Dated[Any]], otherwise: date) -> date:
    """The day after the last of these ends, since a score must always find a profile."""
    return before[-1].ends + timedelta(days=1) if before and before[-1].ends is not None else otherwise


def _campaign(entry: Entry, version: str) -> CampaignProfile:
    points: dict[str, int] = {}
    for name, keys in _CAMPAIGN.items():
        table = entry.table(name)
        table.check_keys(needed=keys, allowed=frozenset(keys))
        points |= {key: table.points(key, least=0) for key in keys}
    most = sum(max(points[key] for key in line) for line in _ALTERNATIVES)
    if most != 100:
        raise entry.wrong("id", f"the most a lead can reach must be 100 and is {most}")
    words = entry.table("words")
    words.check_keys(needed=_WORDS, allowed=frozenset(_WORDS))
    lists = {key: _word_list(words, key) for key in _WORDS}
    return CampaignProfile(version, points, _grades(entry.table("grades")), lists)


def _grades(table: Entry) -> tuple[tuple[str, int], ...]:
    table.check_keys(needed=_GRADES, allowed=frozenset(_GRADES))
    found = tuple((letter, table.points(letter, least=1)) for letter in _GRADES)
    for (_, better), (letter, worse) in pairwise(found):
        if worse >= better:
            raise table.wrong(letter, "a lower grade must begin at fewer points")
    return found


def _word_list(table: Entry, key: str) -> frozenset[str]:
    value = table.fields[key]
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise table.wrong(key, "a list of words is needed")
    return frozenset(plain(word) for word in value)


def plain(word: str) -> str:
    """A word as the lists are compared: lower-case, one space for each gap, dash or underscore."""
    return " ".join(word.casefold().replace("_", " ").replace("-", " ").split())


def _engagement(entry: Entry, version: str) -> EngagementProfile:
    whole = {"pages": ("machine_seconds",), "fading": ("half_life_days",)}
    points: dict[str, Mapping[str, int]] = {}
    for name, keys in _ENGAGEMENT.items():
        table = entry.table(name)
        needed = (*keys, *whole.get(name, ()))
        allowed = frozenset(map(str, Intent)) if name == "intent" else frozenset(needed)
        table.check_keys(needed=needed, allowed=allowed)
        scored = tuple(table.fields) if name == "intent" else keys
        points[name] = {key: table.points(key) for key in scored}
    _check_temperatures(entry.table("temperature"), points["temperature"])
    return EngagementProfile(
        version,
        points,
        machine_seconds=entry.table("pages").whole("machine_seconds"),
        half_life_days=entry.table("fading").whole("half_life_days"),
    )


def _check_temperatures(table: Entry, points: Mapping[str, int]) -> None:
    for until, begins in (("hot_until", "hot_from"), ("warm_until", "warm_from")):
        if not 0 < points[until] <= points[begins]:
            raise table.wrong(until, f"must be above 0 and not above {begins}")
    if points["warm_from"] >= points["hot_until"]:
        raise table.wrong("warm_from", "must be below hot_until")
