"""The team file: what one brokerage decides once, checked whole before anything starts.

Brokerage, postal address, assignees, how the CRM's stages map, and which sources carry consent. `tend setup` writes it;
a bad one stops the start with the key and the reason.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from agent.rules.consent import SourceConsent
from agent.rules.contact import normalise_email, normalise_phone
from agent.rules.leads import StageRule, Status
from agent.rules.team import Assignee, Team


class TeamFileError(ValueError):
    """The team file cannot be used; the message names file, key and reason."""


def read(path: Path) -> Team:
    """Read and check a team file. Raises `TeamFileError`."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        message = f"{path}: there is no team file yet; `tend setup` makes one"
        raise TeamFileError(message) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        message = f"{path}: {error}"
        raise TeamFileError(message) from None
    return from_dict(data, where=str(path))


def from_dict(data: Mapping[str, Any], *, where: str) -> Team:
    """Check a team file's content. Raises `TeamFileError` naming `where`, the key and the reason."""
    read_ = _Reader(where)
    team = read_.table(data, "team")
    rows = data.get("assignees") or read_.refuse("assignees", "name at least one assignee")
    assignees = tuple(_assignee(read_, row, f"assignees[{index}]") for index, row in enumerate(rows))
    keys = [assignee.key for assignee in assignees]
    if len(set(keys)) != len(keys):
        read_.refuse("assignees", "two assignees share a key")
    stages = {name: _stage(read_, row, f"stages.{name}") for name, row in dict(data.get("stages", {})).items()}
    consent = tuple(_consent(read_, row, f"consent[{i}]") for i, row in enumerate(data.get("consent", [])))
    return Team(
        brokerage=read_.words(team, "team.brokerage"),
        postal_address=read_.words(team, "team.postal_address"),
        zone=read_.zone(team, "team.zone"),
        assignees=assignees,
        stages=stages,
        consent=consent,
    )


class _Reader:
    """Reads typed values and refuses with file and key path."""

    def __init__(self, where: str) -> None:
        self.where = where

    def refuse(self, key: str, reason: str) -> Any:
        message = f"{self.where}: {key}: {reason}"
        raise TeamFileError(message)

    def table(self, data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
        value = data.get(key)
        return value if isinstance(value, dict) else self.refuse(key, "this table is missing")

    def words(self, data: Mapping[str, Any], path: str, default: str | None = None) -> str:
        value = data.get(path.rsplit(".", 1)[1], default)
        if not isinstance(value, str) or (default is None and not value.strip()):
            return str(self.refuse(path, "write some text here"))
        return value.strip()

    def zone(self, data: Mapping[str, Any], path: str) -> str:
        name = self.words(data, path)
        if name not in available_timezones():
            self.refuse(path, f"{name!r} is not a time zone; write one such as America/Chicago")
        return ZoneInfo(name).key


def _assignee(read_: _Reader, row: Any, path: str) -> Assignee:
    if not isinstance(row, dict):
        read_.refuse(path, "this must be a table")
    phone = normalise_phone(read_.words(row, f"{path}.phone"))
    email = normalise_email(read_.words(row, f"{path}.email"))
    opens, _, closes = read_.words(row, f"{path}.hours", "08:00-20:00").partition("-")
    try:
        hours = time.fromisoformat(opens.strip()), time.fromisoformat(closes.strip())
    except ValueError:
        hours = read_.refuse(f"{path}.hours", "write hours as 08:00-20:00")
    if hours[0] >= hours[1]:
        read_.refuse(f"{path}.hours", "the day ends before it begins")
    return Assignee(
        key=read_.words(row, f"{path}.key"),
        name=read_.words(row, f"{path}.name"),
        phone=phone or read_.refuse(f"{path}.phone", "this is not a phone number"),
        email=email or read_.refuse(f"{path}.email", "this is not an email address"),
        zone=read_.zone(row, f"{path}.zone"),
        opens=hours[0],
        closes=hours[1],
        leads_team=bool(row.get("leads_team", False)),
        crm_user_id=str(row.get("crm_user_id", "")),
    )


def _stage(read_: _Reader, row: Any, path: str) -> StageRule:
    if not isinstance(row, dict) or not isinstance(row.get("automation"), bool):
        read_.refuse(path, "say automation = true or false")
    status = row.get("status")
    if status is not None and status not in set(Status):
        read_.refuse(f"{path}.status", f"{status!r} is none of {', '.join(Status)}")
    return StageRule(
        status=Status(status) if status is not None else None,
        automation=row["automation"],
        reason=read_.words(row, f"{path}.reason", ""),
    )


def _consent(read_: _Reader, row: Any, path: str) -> SourceConsent:
    if not isinstance(row, dict) or row.get("match") not in {"source", "tag", "custom"}:
        read_.refuse(f"{path}.match", "say source, tag or custom")
    channels = tuple(row.get("channels", ()))
    if not channels or not set(channels) <= {"email", "sms"}:
        read_.refuse(f"{path}.channels", 'list "email", "sms" or both')
    since = row.get("since")
    if since is None or not hasattr(since, "isoformat"):
        read_.refuse(f"{path}.since", "write the date this wording has been in use since, such as 2026-01-15")
    return SourceConsent(
        match=row["match"],
        value=read_.words(row, f"{path}.value"),
        field=read_.words(row, f"{path}.field", ""),
        channels=channels,
        wording=read_.words(row, f"{path}.wording"),
        kept_at=read_.words(row, f"{path}.kept_at"),
        since=since,
    )
