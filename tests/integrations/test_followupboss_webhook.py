"""How a pushed event is verified and read: the vendor's construction, and everything that must be refused."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from integrations.crm import CrmEvent, CrmEventKind
from integrations.crm_pushes import CrmWebhook
from integrations.errors import MalformedEvent
from integrations.providers.followupboss_webhook import FollowUpBossWebhook
from integrations.standins.followupboss import Account

ROOT = Path(__file__).parents[2]
KEY = "tend-test-key"
BODY = (
    b'{"eventId":"11111111-2222-4333-8444-555555555555","eventCreated":"2026-11-02T09:15:00+00:00",'
    b'"event":"peopleUpdated","resourceIds":[501,502],"uri":"https://api.followupboss.com/v1/people?id=501,502"}'
)
SIGNATURE = "0dd8e4b32d852b60ee72fa2011d514d7fbb06720fef8a7e70c6c1e97c8b78679"
WITHOUT_BASE64 = "854def52"
HOOK: CrmWebhook = FollowUpBossWebhook(system_key=KEY)


def event(**changes: Any) -> bytes:
    """A good body with fields changed; None takes a field away."""
    fields = {"eventId": "e-1", "event": "peopleCreated", "resourceIds": [501], "eventCreated": None} | changes
    return json.dumps({name: value for name, value in fields.items() if value is not None}).encode()


def test_the_known_signature_is_accepted() -> None:
    assert len(BODY) == 199
    assert HOOK.verify(BODY, {"fub-signature": SIGNATURE})


def test_the_stand_in_signs_as_the_vendor_does() -> None:
    account = Account(api_key="k", system="Tend", system_key=KEY)
    assert account.signature(BODY) == SIGNATURE
    delivery = account.delivery("peopleCreated", [501])
    assert HOOK.verify(delivery.body, {name.lower(): value for name, value in delivery.headers.items()})


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"fub-signature": ""},
        {"fub-signature": WITHOUT_BASE64 + SIGNATURE[8:]},
        {"fub-signature": SIGNATURE.upper()},
        {"fub-signature": SIGNATURE + "0"},
        {"fub-signature": SIGNATURE[:-1]},
        {"fub-signature": "ÿ" * 64},
        {"fub-signature": "\udcff"},
        {"FUB-Signature": SIGNATURE},
    ],
)
def test_any_other_signature_is_refused(headers: dict[str, str]) -> None:
    assert not HOOK.verify(BODY, headers)


def test_another_key_signs_differently() -> None:
    assert not FollowUpBossWebhook(system_key="another-key").verify(BODY, {"fub-signature": SIGNATURE})


def test_an_empty_key_cannot_guard_a_webhook() -> None:
    with pytest.raises(ValueError, match="system key"):
        FollowUpBossWebhook(system_key="")


@given(where=st.integers(0, len(BODY) - 1), bit=st.integers(0, 7))
def test_a_body_with_one_bit_changed_is_refused(where: int, bit: int) -> None:
    tampered = bytearray(BODY)
    tampered[where] ^= 1 << bit
    assert not HOOK.verify(bytes(tampered), {"fub-signature": SIGNATURE})


def test_an_event_is_read_whole() -> None:
    assert HOOK.parse(BODY) == CrmEvent(
        event_id="11111111-2222-4333-8444-555555555555",
        kind=CrmEventKind.PERSON_UPDATED,
        name="peopleUpdated",
        resource_ids=("501", "502"),
        occurred_at=datetime(2026, 11, 2, 9, 15, tzinfo=UTC),
        uri="https://api.followupboss.com/v1/people?id=501,502",
    )


@pytest.mark.parametrize(
    "name, kind",
    [
        ("peopleCreated", CrmEventKind.PERSON_CREATED),
        ("peopleUpdated", CrmEventKind.PERSON_UPDATED),
        ("peopleDeleted", CrmEventKind.PERSON_DELETED),
        ("peopleStageUpdated", CrmEventKind.PERSON_STAGE_CHANGED),
        ("peopleTagsCreated", CrmEventKind.PERSON_TAGGED),
        ("textMessagesCreated", CrmEventKind.TEXT_CREATED),
        ("textMessagesDeleted", CrmEventKind.OTHER),
        ("callsCreated", CrmEventKind.CALL_CREATED),
        ("emailsCreated", CrmEventKind.EMAIL_CREATED),
        ("notesCreated", CrmEventKind.NOTE_CREATED),
        ("appointmentsCreated", CrmEventKind.APPOINTMENT_CREATED),
        ("emEventsUnsubscribed", CrmEventKind.UNSUBSCRIBED),
        ("callsUpdated", CrmEventKind.OTHER),
        ("notesDeleted", CrmEventKind.OTHER),
        ("tasksCreated", CrmEventKind.OTHER),
        ("stageUpdated", CrmEventKind.OTHER),
        ("pipelineStageDeleted", CrmEventKind.OTHER),
        ("emEventsOpened", CrmEventKind.OTHER),
        ("eventsCreated", CrmEventKind.LOOKED),
        ("PeopleCreated", CrmEventKind.OTHER),
        ("somethingNew", CrmEventKind.OTHER),
    ],
)
def test_an_event_name_means_one_thing(name: str, kind: CrmEventKind) -> None:
    read = HOOK.parse(event(event=name))
    assert (read.kind, read.name) == (kind, name)


@pytest.mark.parametrize(
    "changes",
    [
        {"resourceIds": []},
        {"resourceIds": ["a1", 2]},
        {"resourceIds": list(range(1000))},
        {"eventCreated": "2026-11-02T09:15:00Z"},
        {"uri": None, "data": {"tags": ["Buyer"]}},
        {"eventId": "x" * 200},
    ],
)
def test_documented_variations_are_accepted(changes: dict[str, Any]) -> None:
    assert HOOK.parse(event(**changes)).kind is CrmEventKind.PERSON_CREATED


def test_an_instant_in_another_zone_becomes_utc() -> None:
    read = HOOK.parse(event(eventCreated="2026-11-02T04:15:00-05:00"))
    assert read.occurred_at == datetime(2026, 11, 2, 9, 15, tzinfo=UTC)
    assert read.occurred_at.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"12",
        b"{",
        BODY + b"}",
        b"\xef\xbb\xbf" + BODY,
        BODY.decode().encode("utf-16"),
        event(eventId=""),
        event(eventId="x" * 201),
        event(eventId=7),
        event(event=""),
        event(event=["peopleCreated"]),
        event(resourceIds="501"),
        event(resourceIds={"0": 501}),
        event(resourceIds=[True]),
        event(resourceIds=[1.5]),
        event(resourceIds=[-1]),
        event(resourceIds=[None]),
        event(resourceIds=[[501]]),
        event(resourceIds=[""]),
        event(resourceIds=list(range(1001))),
        event(resourceIds=[2**70]),
        event(eventCreated="yesterday"),
        event(eventCreated=5),
        event(eventCreated="0001-01-01T00:00:00+14:00"),
        b'{"eventId":"e","event":"peopleCreated"}',
        b'{"event":"peopleCreated","resourceIds":[1]}',
        b'{"eventId":"e","resourceIds":[1]}',
        b'{"eventId":"e\\u0000","event":"peopleCreated","resourceIds":[1]}',
        b'{"eventId":"e","event":"peopleCreated","resourceIds":[1],"x":"\\\\\\u0000"}',
        b'{"eventId":"\\ud800","event":"peopleCreated","resourceIds":[1]}',
        b'{"eventId":"e","event":"peopleCreated","resourceIds":[1],"x":"\\udc00"}',
        b'{"eventId":"e","event":"peopleCreated","resourceIds":[1],"\\ud83dx":1}',
        b'{"eventId":"\xff","event":"peopleCreated","resourceIds":[1]}',
        b'{"eventId":"e","event":"peopleCreated","resourceIds":[1],"x":' + b"[" * 40 + b"]" * 40 + b"}",
        b"[" * 1_000_000,
        b'{"a":' * 100_000,
        b'"\\' * 500_000,
        b"9" * 100_000,
        b'{"eventId":"e","event":"peopleCreated","resourceIds":[NaN]}',
    ],
)
def test_a_body_of_another_shape_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedEvent):
        HOOK.parse(body)


def test_brackets_and_backslashes_inside_text_do_not_count() -> None:
    harmless = event(uri="[" * 100 + "\\u0000" + '"{{' * 50)
    assert HOOK.parse(harmless).event_id == "e-1"


def test_the_deepest_nesting_allowed_passes_and_one_more_does_not() -> None:
    assert HOOK.parse(b'{"eventId":"e","event":"x","resourceIds":[],"x":' + b"[" * 31 + b"]" * 31 + b"}").name == "x"
    with pytest.raises(MalformedEvent, match="deeper than 32"):
        HOOK.parse(b'{"eventId":"e","event":"x","resourceIds":[],"x":' + b"[" * 32 + b"]" * 32 + b"}")


@given(st.binary(max_size=400) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
@example(b"\x00")
def test_bytes_of_any_kind_raise_nothing_but_malformed(body: bytes) -> None:
    with contextlib.suppress(MalformedEvent):
        HOOK.parse(body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["eventId", "event", "resourceIds", "eventCreated", "data"]), JSON))
def test_json_of_any_shape_is_read_or_malformed_and_never_repeated(fields: dict[str, Any]) -> None:
    marked = fields | {"data": "zqzq-private-zqzq", "uri": "zqzq-private-zqzq"}
    outcome: CrmEvent | MalformedEvent
    try:
        outcome = HOOK.parse(json.dumps(marked).encode())
    except MalformedEvent as error:
        outcome = error
    assert "zqzq" not in str(outcome)
    assert isinstance(outcome, MalformedEvent) or outcome.event_id == fields["eventId"]


def test_reading_a_webhook_loads_no_http_library() -> None:
    program = (
        "import sys, integrations.providers.followupboss_webhook, integrations.providers.followupboss\n"
        "print([name for name in ('httpx', 'openai', 'litestar') if name in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
