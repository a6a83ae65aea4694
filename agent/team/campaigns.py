"""The campaigns of the team file: what each form that posts to us is for, who may post, and who hears of it.

A block is checked whole: a setting nobody knows is refused, because a misspelt `token` would leave a door open.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from agent.rules.campaigns import STATUSES, TYPES, Campaign
from agent.rules.contact import normalise_email
from agent.team.values import Values, is_web_address

MIN_TOKEN = 16
_KEYS = (
    "id", "name", "type", "status", "starts_on", "ends_on", "budget", "target_leads", "landing_page", "auto_assign",
    "assignee", "notification_emails", "origins", "token", "former_token", "consent_wording",
)  # fmt: skip


def read_campaigns(values: Values, data: Mapping[str, Any], *, assignees: Collection[str]) -> tuple[Campaign, ...]:
    """Read all `[[campaigns]]`; `assignees` are the keys of the team's people. Raises `TeamFileError`."""
    found = [_campaign(values, row, path, assignees) for path, row in values.tables(data, "campaigns")]
    keys = [campaign.key for campaign in found]
    for index, key in enumerate(keys):
        if key in keys[:index]:
            values.refuse(f"campaigns[{index}].id", f"{key!r} is the id of campaigns[{keys.index(key)}] already")
    return tuple(found)


def _campaign(values: Values, row: Mapping[str, Any], path: str, assignees: Collection[str]) -> Campaign:
    values.only(row, path, _KEYS)
    key = values.words(row, f"{path}.id")
    starts_on, ends_on = values.day(row, f"{path}.starts_on"), values.day(row, f"{path}.ends_on")
    if starts_on is not None and ends_on is not None and ends_on < starts_on:
        values.refuse(f"{path}.ends_on", "it ends before it begins")
    budget = values.number(row, f"{path}.budget", whole=False)
    target = values.number(row, f"{path}.target_leads", whole=True)
    auto_assign = values.flag(row, f"{path}.auto_assign", default=True)
    return Campaign(
        key=key,
        name=values.words(row, f"{path}.name", key) or key,
        type=values.one_of(row, f"{path}.type", TYPES) or "",
        status=values.one_of(row, f"{path}.status", STATUSES),
        starts_on=starts_on,
        ends_on=ends_on,
        budget_minor=None if budget is None else round(budget * 100),
        target_leads=None if target is None else int(target),
        landing_page=values.web_address(row, f"{path}.landing_page"),
        auto_assign=auto_assign,
        assignee=_assignee(values, row, f"{path}.assignee", assignees, auto_assign=auto_assign),
        notification_emails=_emails(values, row, f"{path}.notification_emails"),
        origins=_origins(values, row, f"{path}.origins"),
        token=_token(values, row, f"{path}.token"),
        former_token=_former_token(values, row, f"{path}.former_token"),
        consent_wording=values.words(row, f"{path}.consent_wording", ""),
    )


def _assignee(
    values: Values, row: Mapping[str, Any], path: str, assignees: Collection[str], *, auto_assign: bool
) -> str:
    key = values.words(row, path, "")
    if key and key not in assignees:
        values.refuse(path, f"{key!r} is the key of nobody; there are {', '.join(assignees)}")
    if key and not auto_assign:
        values.refuse(path, "it names a person, so auto_assign cannot be false")
    return key


def _emails(values: Values, row: Mapping[str, Any], path: str) -> tuple[str, ...]:
    given = values.list_of_words(row, path)
    found = [
        normalise_email(each) or values.refuse(f"{path}[{index}]", f"{each!r} is not an email address")
        for index, each in enumerate(given)
    ]
    return tuple(dict.fromkeys(found))


def _origins(values: Values, row: Mapping[str, Any], path: str) -> tuple[str, ...]:
    given = values.list_of_words(row, path)
    for index, each in enumerate(given):
        if not is_web_address(each) or each.count("/") != 2 or set(each) & set("?#@") or each != each.lower():
            values.refuse(f"{path}[{index}]", f"{each!r} is no origin; write it as https://www.example.com, no path")
    return given


def _former_token(values: Values, row: Mapping[str, Any], path: str) -> str:
    if "former_token" in row and "token" not in row:
        values.refuse(path, "it is the one before `token`, which is missing: without it anybody may post")
    return _token(values, row, path)


def _token(values: Values, row: Mapping[str, Any], path: str) -> str:
    if path.rpartition(".")[2] not in row:
        return ""
    token = values.words(row, path)
    if len(token) < MIN_TOKEN or not token.isascii() or not token.isprintable() or " " in token:
        values.refuse(path, f"use {MIN_TOKEN} or more plain characters; `openssl rand -hex 16` makes some")
    return token
