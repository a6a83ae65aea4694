"""What the doors do with replays, forgeries and rubbish: nothing is made of it, and nothing breaks.

Follow Up Boss deletes a webhook that answers 406 or 410, and a 5xx makes others send again, so neither is ever given.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent import wiring
from agent.settings import Secret, Settings
from agent.store.tables import leads, messages, submissions, touches, webhook_events
from agent.web.app import make_app
from agent.web.server import bind, serving
from agent.web.webhooks import MAX_BODY
from channels.standins.twilio import signed_form, text_fields
from tests import cast
from tests.cast import DIEGO, MAYA, RUTH
from tests.stories.world import KEY, World

FUB, TWILIO, FORMS = "/hooks/followupboss", "/hooks/twilio/sms", "/v1/api/leads"
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ODD: tuple[Any, ...] = (None, "", "x" * 300, 0, -1, 1.5, True, [], {}, [None], [{}], [[]], [-1], [1.5], [""], [2**70])
NO_DATES: tuple[Any, ...] = ("yesterday", "", "2026-13-45", 7, [], {})
REPLAYS, AT_ONCE = 1000, 32


@dataclass(frozen=True)
class Post:
    """One request as a stranger sends it."""

    path: str
    body: bytes
    headers: Mapping[str, str | bytes] = field(default_factory=dict)

    async def send(self, client: httpx.AsyncClient) -> httpx.Response:
        """Send it."""
        raw = [(name.encode(), value if isinstance(value, bytes) else value.encode("latin-1")) for name, value in
               self.headers.items()]  # fmt: skip
        return await client.post(self.path, content=self.body, headers=raw)


# ---- the table


def forged_events(world: World) -> Iterator[Post]:
    """Events of Follow Up Boss that are not signed, signed wrongly, or changed after signing."""
    person_id = world.add_to_crm(MAYA)
    for event in ("peopleCreated", "peopleUpdated", "peopleDeleted", "textMessagesCreated", "somethingElse"):
        good = world.account.delivery(event, [person_id])
        signature = good.headers["FUB-Signature"]
        wrong: tuple[str | bytes, ...] = (
            "",
            "0" * 64,
            signature[:-1],
            signature.upper(),
            f"sha256={signature}",
            f"{signature}{signature}",
            world.account.signature(good.body + b" "),
            "\u00e9".encode() * 32,
            b"\xff\xfe",
        )
        yield Post(FUB, good.body)
        yield from (Post(FUB, good.body, {"FUB-Signature": each}) for each in wrong)
        yield Post(FUB, good.body, {"X-Signature": signature})
        for changed in (good.body + b"\n", good.body.replace(b"people", b"People"), good.body[:-1], b"", b"{}"):
            if changed != good.body:
                yield Post(FUB, changed, good.headers)


def malformed_events(world: World) -> Iterator[Post]:
    """Events that are signed as they should be and cannot be read."""
    good = json.loads(world.account.delivery("peopleCreated", [1]).body)
    bodies = [json.dumps({name: value for name, value in good.items() if name != key}).encode() for key in
              ("eventId", "event", "resourceIds")]  # fmt: skip
    for key, fine in (("eventId", ""), ("event", ""), ("resourceIds", "[]")):
        bodies += [json.dumps({**good, key: odd}).encode() for odd in ODD if json.dumps(odd) != fine]
    bodies += [json.dumps({**good, "eventCreated": odd}).encode() for odd in NO_DATES]
    bodies += [json.dumps({**good, "eventId": "a\x00b"}).encode(), json.dumps({**good, "more": "\ud800"}).encode()]
    bodies += [b"", b"null", b"[]", b"{", b'"', b"\xff\xfe\x00", b"{}" * 9, b"[" * 5000, b'{"a":' * 5000, b"NaN"]
    for body in bodies:
        yield Post(FUB, body, {"FUB-Signature": world.account.signature(body)})


def bad_texts(world: World) -> Iterator[Post]:
    """Texts that Twilio did not sign, and signed forms that are no text."""
    url = f"{world.address}{TWILIO}"
    good = text_fields(message_sid=f"SM{'a' * 32}", sender=MAYA.phone, recipient=cast.OUR_NUMBER, body="STOP")
    body, headers = signed_form(world.auth_token, url, good)
    signature = headers["X-Twilio-Signature"]
    wrong: tuple[str | bytes, ...] = ("", "x", signature[:-2], signature.lower(), signature * 2, b"\xff", "é", "=")
    form = {"Content-Type": headers["Content-Type"]}
    yield Post(TWILIO, body, form)
    yield from (Post(TWILIO, body, {**form, "X-Twilio-Signature": each}) for each in wrong)
    for key in ("someone-elses-token", "0" * 32):
        yield Post(TWILIO, *signed_form(key, url, good))
    for other in (f"https://tend.example{TWILIO}", f"{url}?x=1", f"{url}/", url.replace("sms", "status")):
        yield Post(TWILIO, *signed_form(world.auth_token, other, good))
    yield Post(f"{TWILIO}?x=1", body, headers)
    for changed in (body.replace(b"STOP", b"HELP"), body + b"&Extra=1", body[:-4], b"", b"\xff\xfe", b"=&=&=" * 900):
        yield Post(TWILIO, changed, headers)
    for name, values in {
        "MessageSid": ("", "SM1", "x" * 34, f"SM{'g' * 32}", f"SM{'a' * 33}", "SM\x00"),
        "From": ("", "Maya", "+", "+1", "+1512555014x", "+" + "1" * 40, "'; DROP TABLE leads", "+1512\x005550142"),
    }.items():
        for value in values:
            yield Post(TWILIO, *signed_form(world.auth_token, url, {**good, name: value}))


def bad_mail(world: World) -> Iterator[Post]:
    """Mail at a door that is not ours, and bytes that are no mail from anybody."""
    real = cast.mail(MAYA, "STOP")
    token = world.hook_token
    for other in ("x", token[:-1], token.swapcase(), f"{token}x", "%00", "%ff%fe", "%ed%a0%80", "é", ".", "x" * 4000):
        yield Post(f"/hooks/email/{other}", real)
    nobody = ("", "Maya", "<>", "@", "maya@", "@example.com", "maya@@example.com", "undisclosed-recipients:;", "\x00")
    bodies = [f"From: {sender}\r\nSubject: hello\r\n\r\nhello".encode() for sender in nobody]
    bodies += [b"", b"\x00" * 64, b"\xff" * 512, b"hello", b"\r\n\r\nhello", b"{}", b"Subject: hello\n\nhello"]
    yield from (Post(f"/hooks/email/{token}", each) for each in bodies)


def bad_forms(_: World) -> Iterator[Post]:
    """Form posts that lack something, or are no form post."""
    good = cast.form(MAYA)
    for key in ("campaign_id", "source", "contact"):
        for odd in (None, "", 7, True, [], [good]):
            yield Post(FORMS, json.dumps({**good, key: odd}).encode())
    for key in ("firstName", "lastName", "email"):
        for odd in ODD:
            if key == "email" or not (isinstance(odd, str) and odd):
                yield Post(FORMS, json.dumps({**good, "contact": {**good["contact"], key: odd}}).encode())
    whole = json.dumps(good).encode()
    for body in (b"", b"null", b"[]", b"7", whole[:-1], whole[1:], whole * 2, b"\xff" + whole, b"{" * 9000, b"a=b&c=d"):
        yield Post(FORMS, body)


TABLE = (forged_events, malformed_events, bad_texts, bad_mail, bad_forms)


async def assert_nothing_came_of_it(world: World) -> None:
    """Neither a lead nor a message, not even later."""
    await world.live(minutes=1)
    for table in (leads, messages, submissions, touches):
        assert await world.rows(table) == [], table.name
    assert world.email.sent == []
    assert world.sms.sent == []


async def assert_nothing_is_kept(world: World) -> None:
    """Not even an event for later."""
    for table in (webhook_events, submissions, leads, messages):
        assert await world.rows(table) == [], table.name


def refused(answer: httpx.Response) -> bool:
    """Whether a stranger's rubbish was answered as it should be."""
    return answer.status_code in {400, 401, 404, 405, 413}


@SQLITE
async def test_two_hundred_forged_or_malformed_posts_make_nothing_and_break_nothing(world: World) -> None:
    posts = [post for rows in TABLE for post in rows(world)]
    assert len(posts) >= 200

    for post in posts:
        answer = await post.send(world.client)
        assert refused(answer), (post, answer.status_code, answer.text)
    assert await world.rows(webhook_events) == []
    await assert_nothing_came_of_it(world)


# ---- generated

RUBBISH = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
EVENT_KEYS = st.sampled_from(["eventId", "event", "resourceIds", "eventCreated", "data"])


@SQLITE
@RUBBISH
@given(body=st.binary(max_size=300), signed=st.booleans())
async def test_bytes_at_any_door_make_nothing(world: World, body: bytes, *, signed: bool) -> None:
    headers = {"FUB-Signature": world.account.signature(body)} if signed else {}
    for path in (FUB, TWILIO, f"/hooks/email/{world.hook_token if signed else 'x'}", FORMS):
        answer = await Post(path, body, headers).send(world.client)
        assert refused(answer), (path, answer.status_code, answer.text)
    await assert_nothing_is_kept(world)


@SQLITE
@RUBBISH
@given(changes=st.dictionaries(EVENT_KEYS, values, min_size=1))
async def test_a_signed_event_of_any_shape_is_kept_or_refused_and_makes_no_lead(
    world: World, changes: dict[str, Any]
) -> None:
    event = {"eventId": "e-1", "event": "peopleCreated", "resourceIds": [7], **changes}
    body = json.dumps(event).encode()
    answer = await Post(FUB, body, {"FUB-Signature": world.account.signature(body)}).send(world.client)

    assert answer.status_code == 200 or refused(answer)
    await assert_nothing_came_of_it(world)


@SQLITE
@RUBBISH
@given(
    fields=st.dictionaries(
        st.sampled_from(["MessageSid", "From", "To", "Body", "NumMedia", "MediaUrl0", "OptOutType"]),
        st.text(st.characters(codec="utf-8"), max_size=40),
        min_size=1,
    )
)
async def test_a_text_twilio_never_signed_makes_nothing_whatever_it_says(world: World, fields: dict[str, str]) -> None:
    known = text_fields(message_sid=f"SM{'b' * 32}", sender=MAYA.phone, recipient=cast.OUR_NUMBER, body="hello")
    content, headers = signed_form("not-our-token", f"{world.address}{TWILIO}", known | fields)

    assert (await Post(TWILIO, content, headers).send(world.client)).status_code == 401
    await assert_nothing_is_kept(world)


@SQLITE
@RUBBISH
@given(
    part=st.sampled_from(["campaign_id", "source", "contact"]), value=values.filter(lambda v: not isinstance(v, str))
)
async def test_a_form_whose_required_part_has_any_other_shape_makes_nothing(
    world: World, part: str, value: Any
) -> None:
    answer = await Post(FORMS, json.dumps({**cast.form(MAYA), part: value}).encode()).send(world.client)

    assert (answer.status_code, answer.json()["error"]) == (400, "VALIDATION_ERROR")
    await assert_nothing_is_kept(world)


# ---- the manner of asking


@SQLITE
async def test_a_door_never_says_406_or_410_whatever_is_accepted(world: World) -> None:
    asked = [{"Accept": each} for each in ("text/html", "application/xml", "image/png;q=0", "*/*;q=0", "", "/", "\xff")]
    asked += [{"Content-Type": each} for each in ("", "/", "text/plain; charset=klingon", "multipart/form-data")]
    asked += [{"Content-Encoding": "gzip"}, {"Expect": "200-maybe"}, {"Accept-Encoding": "none"}]
    for headers in asked:
        for path in (FUB, TWILIO, f"/hooks/email/{world.hook_token}", FORMS):
            answer = await Post(path, b"{}", headers).send(world.client)
            assert refused(answer), (path, headers, answer.status_code)
    for method in ("GET", "PUT", "DELETE", "PATCH", "HEAD", "PROPFIND"):
        for path in (FUB, TWILIO, f"/hooks/email/{world.hook_token}", FORMS, "/hooks/", "/hooks/nobody"):
            answer = await world.client.request(method, path)
            assert answer.status_code in {401, 404, 405}, (method, path, answer.status_code)
    await assert_nothing_came_of_it(world)


@SQLITE
async def test_a_body_over_a_mebibyte_is_413_at_every_door_but_the_mails(world: World) -> None:
    body = b"x" * (MAX_BODY + 1)

    async def dripping() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 131_072):
            yield body[start : start + 131_072]

    signed = {"FUB-Signature": world.account.signature(body)}
    for path in (FUB, TWILIO, FORMS):
        for content in (body, dripping()):
            answer = await world.client.post(path, content=content, headers=signed)
            assert (answer.status_code, answer.json()["error"]) == (413, "TOO_LARGE"), path
    await assert_nothing_came_of_it(world)


# ---- replays


async def test_one_delivery_a_thousand_times_is_one_lead_and_one_first_touch(world: World) -> None:
    person_id = world.add_to_crm(MAYA)
    delivery = world.account.delivery("peopleCreated", [person_id])
    left = iter(range(REPLAYS))

    async def sender() -> list[int]:
        post = Post(FUB, delivery.body, delivery.headers)
        return [(await post.send(world.client)).status_code for _ in left]

    async def intake() -> None:
        for _ in range(20):
            await world.live(seconds=1)
            await asyncio.sleep(0.02)

    *statuses, _ = await asyncio.gather(*(sender() for _ in range(AT_ONCE)), intake())
    await world.live(seconds=20)

    assert [status for each in statuses for status in each or ()] == [200] * REPLAYS
    assert len(await world.rows(webhook_events)) == 1
    assert len(await world.rows(leads)) == 1
    (first,) = await world.touches(await world.lead_id(MAYA), step=0)
    assert first.state == "sent"
    assert len(world.emails_to(MAYA)) == world.email.attempts == 1


async def test_many_events_of_one_person_in_any_order_are_one_lead_and_one_first_touch(world: World) -> None:
    person_id = world.add_to_crm(MAYA)
    names = ("peopleUpdated", "peopleTagsCreated", "peopleCreated", "peopleStageUpdated") * 6
    posts = [world.account.delivery(name, [person_id]) for name in names]

    answers = await asyncio.gather(*(Post(FUB, each.body, each.headers).send(world.client) for each in posts))
    await world.live(seconds=30)

    assert {answer.status_code for answer in answers} == {200}
    assert len(await world.rows(webhook_events)) == len(names)
    assert len(await world.rows(leads)) == 1
    assert len(await world.touches(await world.lead_id(MAYA), step=0)) == 1
    assert len(world.emails_to(MAYA)) == 1


@SQLITE
async def test_a_known_event_id_with_other_words_changes_nothing(world: World) -> None:
    maya, diego = world.add_to_crm(MAYA), world.add_to_crm(DIEGO)
    for person_id in (maya, diego):
        again = world.account.delivery("peopleCreated", [person_id], event_id="e-1")
        assert (await Post(FUB, again.body, again.headers).send(world.client)).status_code == 200
    await world.live(seconds=20)

    assert (len(world.emails_to(MAYA)), len(world.emails_to(DIEGO))) == (1, 0)


@SQLITE
async def test_an_unknown_kind_of_event_is_kept_and_ignored(world: World) -> None:
    odd = world.account.delivery("dealsCreated", [world.add_to_crm(RUTH)])

    assert (await Post(FUB, odd.body, odd.headers).send(world.client)).status_code == 200
    (kept,) = await world.rows(webhook_events)
    assert kept.state == "ignored"
    await assert_nothing_came_of_it(world)


# ---- closed doors


@contextlib.asynccontextmanager
async def nothing_configured(url: str, folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Tend without a vendor."""
    bare = Settings(tend_data_dir=str(folder), tend_database_url=url, tend_secret_key=Secret(KEY))
    async with contextlib.AsyncExitStack() as stack:
        tend = await stack.enter_async_context(wiring.opened(bare, team=cast.team()))
        address = await stack.enter_async_context(serving(make_app(tend), bind("127.0.0.1", 0)))
        yield await stack.enter_async_context(httpx.AsyncClient(base_url=address, timeout=20))


async def test_the_door_of_a_vendor_that_is_not_configured_is_not_there(sqlite_url: str, tmp_path: Path) -> None:
    async with nothing_configured(sqlite_url, tmp_path) as client:
        for path in (FUB, TWILIO, "/hooks/email/x", "/hooks/email/"):
            for body in (b"{}", b"", cast.mail(MAYA, "hello")):
                answer = await client.post(path, content=body)
                assert answer.status_code == 404, path
                assert answer.json()["success"] is False
        assert (await client.post(FORMS, json=cast.form(MAYA))).status_code == 201
