"""The file that scores are tuned in: what it refuses and with which words, versions, dates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from importlib.resources import files
from typing import Any

import pytest
import tomlkit

from agent.rules import mail_domains
from agent.rules.dated import BadRuleFile
from agent.rules.scoring_profiles import load_profiles, parse

SHIPPED = files("agent.rules").joinpath("data", "scoring.toml").read_text("utf-8")
GONE = object()


def changed(changes: Mapping[str, Any]) -> str:
    """The shipped file with values put in by dotted path."""
    read: Any = tomlkit.parse(SHIPPED)
    for path, value in changes.items():
        *parents, last = path.split(".")
        part = read[parents[0]][0]
        for name in parents[1:]:
            part = part[name]
        if value is GONE:
            del part[last]
        else:
            part[last] = value
    return str(tomlkit.dumps(read))


@pytest.mark.parametrize(
    "changes, key, reason",
    [
        ({"campaign.contact.phone": 6}, "campaign[0].id", "the most a lead can reach must be 100 and is 101"),
        ({"campaign.contact.phone": 5.5}, "campaign[0].contact.phone", "a whole number from 0 to 100 is needed"),
        ({"campaign.contact.phone": True}, "campaign[0].contact.phone", "a whole number from 0 to 100 is needed"),
        ({"campaign.channel.email": -1}, "campaign[0].channel.email", "a whole number from 0 to 100 is needed"),
        ({"campaign.contact.phone": GONE}, "campaign[0].contact.phone", "missing"),
        ({"campaign.contact.religion": 5}, "campaign[0].contact.religion", "not a key of a rule"),
        ({"campaign.contact": 5}, "campaign[0].contact", "a table is needed"),
        ({"campaign.family": {"children": 5}}, "campaign[0].family", "not a key of a rule"),
        ({"campaign.grades.B": 80}, "campaign[0].grades.B", "a lower grade must begin at fewer points"),
        ({"campaign.grades.C": 0}, "campaign[0].grades.C", "a whole number from 1 to 100 is needed"),
        ({"campaign.words.social": "facebook"}, "campaign[0].words.social", "a list of words is needed"),
        ({"campaign.effective_from": "soon"}, "campaign[0].effective_from", "a date like 2026-01-31 is needed"),
        ({"campaign.effective_to": date(2027, 1, 1)}, "campaign[0].effective_to", "the last one must stay in force"),
        ({"campaign.source": ""}, "campaign[0].source", "text is needed"),
        ({"campaign.last_reviewed": GONE}, "campaign[0].last_reviewed", "missing"),
        ({"engagement.intent.marry": 5}, "engagement[0].intent.marry", "not a key of a rule"),
        ({"engagement.intent.buy": 101}, "engagement[0].intent.buy", "a whole number from -100 to 100 is needed"),
        ({"engagement.talk.positive": GONE}, "engagement[0].talk.positive", "missing"),
        ({"engagement.fading.half_life_days": 0}, "engagement[0].fading.half_life_days", "a whole number from 1"),
        ({"engagement.pages.machine_seconds": -1}, "engagement[0].pages.machine_seconds", "a whole number from 1"),
        ({"engagement.temperature.hot_until": 71}, "engagement[0].temperature.hot_until", "not above hot_from"),
        ({"engagement.temperature.warm_from": 60}, "engagement[0].temperature.warm_from", "must be below hot_until"),
        ({"engagement.known.language": 3}, "engagement[0].known.language", "not a key of a rule"),
    ],
)
def test_a_bad_profile_is_refused_with_file_key_and_reason(changes: dict[str, Any], key: str, reason: str) -> None:
    with pytest.raises(BadRuleFile) as refused:
        parse(changed(changes), file="rules/scoring.toml")
    assert str(refused.value).startswith(f"rules/scoring.toml: {key}: ")
    assert reason in str(refused.value)


@pytest.mark.parametrize("text", ["", "[[campaign]]", "campaign = 1", "not toml ["])
def test_what_is_no_profile_is_refused(text: str) -> None:
    with pytest.raises(BadRuleFile, match=r"rules/scoring\.toml: "):
        parse(text, file="rules/scoring.toml")


def test_a_version_follows_the_numbers_and_not_the_notes() -> None:
    def version(changes: dict[str, Any]) -> str:
        return parse(changed(changes), file="x").campaign_on(date(2026, 1, 1)).version

    shipped = load_profiles().campaign_on(date(2026, 1, 1)).version
    assert version({}) == shipped
    assert version({"campaign.source": "the board", "campaign.note": "by hand"}) == shipped
    assert version({"campaign.contact.phone": 4, "campaign.contact.company": 6}) != shipped
    assert version({"campaign.grades.A": 85}) != shipped
    assert version({"campaign.id": "ours"}).startswith("ours ")


def two(first_ends: str, second_starts: str) -> str:
    first, second = SHIPPED.split("\n[[engagement]]\n")
    later = first[first.index("\n[[campaign]]\n") :].replace('id = "campaign-100"', 'id = "second"')
    earlier = first.replace(
        "effective_from = 2020-01-01", f"effective_from = 2020-01-01\neffective_to = {first_ends}", 1
    )
    return f"{earlier}{later.replace('2020-01-01', second_starts)}\n[[engagement]]\n{second}"


@pytest.mark.parametrize(
    "day, name",
    [
        (date(2019, 1, 1), "campaign-100"),
        (date(2026, 6, 30), "campaign-100"),
        (date(2026, 7, 1), "second"),
        (date(2099, 1, 1), "second"),
    ],
)
def test_the_profile_of_the_day_counts(day: date, name: str) -> None:
    assert parse(two("2026-06-30", "2026-07-01"), file="x").campaign_on(day).version.split()[0] == name


@pytest.mark.parametrize(
    "first_ends, second_starts, reason",
    [
        ("2026-06-30", "2026-06-30", "overlapping"),
        ("2026-06-30", "2026-07-02", "must be the day after the one before it ends"),
        ("2019-06-30", "2026-07-02", "is before effective_from"),
    ],
)
def test_no_day_is_without_a_profile_or_has_two(first_ends: str, second_starts: str, reason: str) -> None:
    with pytest.raises(BadRuleFile, match=reason):
        parse(two(first_ends, second_starts), file="x")


# ---- mail domains


LISTED = """[[domains]]
kind = "{kind}"
effective_from = 2020-01-01
source = "own"
last_reviewed = 2026-01-01
names = "{names}"
"""


@pytest.mark.parametrize(
    "kind, names, key",
    [
        ("odd", "a.com", "kind"),
        ("free", "a.com b.com a.com", "names"),
        ("free", "A.com", "names"),
        ("free", "localhost", "names"),
        ("free", " ", "names"),
    ],
)
def test_a_bad_list_of_domains_is_refused(kind: str, names: str, key: str) -> None:
    with pytest.raises(BadRuleFile, match=rf"rules/mail_domains\.toml: domains\[0\]\.{key}: "):
        mail_domains.parse(LISTED.format(kind=kind, names=names), file="rules/mail_domains.toml")


def test_the_usual_mailboxes_are_no_businesses() -> None:
    known = mail_domains.load_domains()
    for name in ("gmail.com", "yahoo.com", "outlook.com", "icloud.com", "aol.com", "att.net", "proton.me", "gmx.de"):
        assert mail_domains.mailbox(f"a@{name}", known) == "free"
    for name in ("mailinator.com", "yopmail.com", "10minutemail.com"):
        assert mail_domains.mailbox(f"a@{name}", known) == "disposable"
    assert mail_domains.mailbox("a@alder.example.com", known) == "business"
    assert mail_domains.mailbox("", known) == "unknown"
