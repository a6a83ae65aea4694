"""`tend simulate` as somebody at a terminal uses it: what it prints, how it refuses, and beside a running server.

The folders and servers are those of the other commands' tests.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests.commands.test_commands import Place, Served, empty, ready, refuses, served, written_team

__all__ = ["empty", "ready", "served", "written_team"]
WHEN = ("--from", "2026-03-03T10:00")


def digest(path: Path) -> str:
    """What a file holds."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_invented_leads_are_rehearsed_where_there_is_nothing_yet_and_nothing_is_left_behind(empty: Place) -> None:
    ran = empty.tend("simulate", "--leads", "30", "--days", "3", *WHEN, "--json")

    assert ran.code == 0, ran
    found = json.loads(ran.out)
    assert found["leads"] == 30
    assert found["touches"]["sent"] == sum(found["sent_by_channel"].values()) > 60
    assert found["skipped"]["no_consent"] > 0
    assert len(found["rows"]) == sum(found["touches"].values())
    assert {row["why"] for row in found["rows"] if row["state"] == "skipped"} >= {"There is no phone number"}
    assert [path.name for path in empty.folder.rglob("*")] == []


def test_the_same_invented_leads_have_the_same_days_twice(empty: Place) -> None:
    asked = ("simulate", "--leads", "20", "--days", "2", *WHEN, "--csv")
    first, again = (list(csv.DictReader(io.StringIO(empty.tend(*asked).out))) for _ in range(2))

    assert len(first) > 40
    kept = ("at", "name", "sequence", "step", "channel", "state", "held")
    assert sorted([row[key] for key in kept] for row in first) == sorted([row[key] for key in kept] for row in again)


def test_at_night_nobody_is_texted_and_the_table_says_what_holds_them(empty: Place) -> None:
    ran = empty.tend("simulate", "--leads", "10", "--days", "1", "--from", "2026-03-03T23:00")

    assert ran.code == 0, ran
    assert "10 leads, 1 days from Wed 04 Mar 2026 05:00 UTC" in ran.out
    assert "held for a while: quiet hours" in ran.out
    assert "nothing was sent" in ran.out


@pytest.mark.parametrize(
    "options, said",
    [
        (("--json", "--csv"), "exclude each other"),
        (("--leads", "5", "--sequence", "nonsense"), "there are aged-lead, new-buyer"),
        (("--leads", "5", "--from", "soon"), "is no date"),
        (("--days", "0"), "--days"),
    ],
)
def test_a_call_that_makes_no_sense_is_told_what_would(ready: Place, options: tuple[str, ...], said: str) -> None:
    ran = ready.tend("simulate", *options)

    assert ran.code == 2
    assert said in ran.err


def test_without_a_database_it_offers_invented_leads(ready: Place) -> None:
    refuses(ready.tend("simulate"), "no database", "tend simulate --leads 100")
    assert [path.name for path in ready.data.iterdir()] == ["team.toml"]


def test_a_lead_that_is_not_there_is_said(empty: Place) -> None:
    ran = empty.tend("simulate", "--leads", "3", "--as", "nobody@example.com")

    assert ran.code == 1
    assert "no lead is “nobody@example.com”" in ran.err


def test_beside_a_running_server_it_tells_a_leads_days_and_changes_not_a_byte(served: Served) -> None:
    form = {
        "campaign_id": "spring",
        "source": "landing-page",
        "contact": {"firstName": "=Maria", "lastName": "Alvarez", "email": "maria.sim@example.com", "phone": ""},
        "form_metadata": {"consent_given": True},
    }
    assert httpx.post(f"{served.address}/v1/api/leads", json=form).status_code == 201
    path = served.place.data / "tend.db"
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = digest(path)

    told = served.place.tend("simulate", "--as", "maria.sim@example.com")
    table = served.place.tend("simulate", "--csv")

    assert told.code == table.code == 0, (told, table)
    assert "Subject: " in told.out
    assert "=Maria Alvarez" in told.out
    assert "'=Maria Alvarez" in table.out
    assert digest(path) == before
    assert httpx.get(f"{served.address}/healthz").status_code == 200
