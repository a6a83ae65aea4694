"""The form door, as browsers and programs see it: what is kept, what is refused and with which words, who may post.

Posts go over HTTP to a running server. What the sequence then writes is told in the other stories.
"""

from __future__ import annotations

import asyncio
import json
import re
from copy import deepcopy
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import insert, update

from agent.store.ids import new_id, parsed
from agent.store.tables import campaigns, consents, lead_events, leads, submissions
from agent.web import sessions
from agent.web.webhooks import MAX_BODY
from tests import cast
from tests.cast import DIEGO, JUNE, MAYA, RUTH, WALT, Lead
from tests.stories.conftest import Opens
from tests.stories.world import World

LEADS = "/v1/api/leads"
SHOP = "https://www.alder.example.com"
ELSEWHERE = "https://elsewhere.example.net"
GONE = object()

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what the database has no say in."""

REFUSED: dict[str, tuple[tuple[str, Any], str]] = {
    "no campaign": (("campaign_id", GONE), "campaign_id"),
    "null campaign": (("campaign_id", None), "campaign_id"),
    "blank campaign": (("campaign_id", "  "), "campaign_id"),
    "a number for the campaign": (("campaign_id", 7), "campaign_id"),
    "no source": (("source", GONE), "source"),
    "blank source": (("source", ""), "source"),
    "a list for the source": (("source", ["modal"]), "source"),
    "no contact": (("contact", GONE), "contact.firstName"),
    "null contact": (("contact", None), "contact.firstName"),
    "a word for the contact": (("contact", "Maya"), "contact"),
    "no first name": (("contact.firstName", GONE), "contact.firstName"),
    "a first name of control characters": (("contact.firstName", "\x00\x07\u202e"), "contact.firstName"),
    "a number for the first name": (("contact.firstName", 1), "contact.firstName"),
    "no last name": (("contact.lastName", GONE), "contact.lastName"),
    "blank last name": (("contact.lastName", " \t"), "contact.lastName"),
    "no email": (("contact.email", GONE), "contact.email"),
    "blank email": (("contact.email", ""), "contact.email"),
    "no at sign": (("contact.email", "maya.example.com"), "contact.email"),
    "two at signs": (("contact.email", "maya@@example.com"), "contact.email"),
    "two addresses": (("contact.email", "maya@example.com,ruth@example.com"), "contact.email"),
    "a header in the address": (("contact.email", "maya@example.com\r\nBcc: all@example.com"), "contact.email"),
    "an endless address": (("contact.email", f"{'m' * 400}@example.com"), "contact.email"),
    "a list for the email": (("contact.email", ["maya@example.com"]), "contact.email"),
    "no phone number": (("contact.phone", "call me"), "contact.phone"),
    "too short a number": (("contact.phone", "555-01"), "contact.phone"),
    "a number for the phone": (("contact.phone", 5125550142), "contact.phone"),
    "a truth for the company": (("contact.company", True), "contact.company"),
    "a word for the details": (("lead_details", "buying"), "lead_details"),
    "a list for the tracking": (("tracking", []), "tracking"),
    "a word for the form": (("form_metadata", "yes"), "form_metadata"),
    "a word for consent": (("form_metadata.consent_given", "yes"), "form_metadata.consent_given"),
    "consent to nothing named": (("form_metadata.consent_given", {}), "form_metadata.consent_given"),
    "consent that is a word": (("form_metadata.consent_given", {"sms": "on"}), "form_metadata.consent_given"),
    "a wording that is no text": (
        ("form_metadata.consent_given", {"sms": True, "wording": 1}),
        "form_metadata.consent_given",
    ),
}
"""What is wrong with a post, and the field the answer must name."""

UNREADABLE: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b"campaign_id=spring-guide",
    "half of it": json.dumps(cast.form(MAYA)).encode()[:-9],
    "a list": b"[]",
    "null": b"null",
    "not UTF-8": b'{"campaign_id": "\xff\xfe"}',
    "half a surrogate pair": json.dumps(cast.form(MAYA)).replace("Okafor", "\\ud83d").encode(),
    "half a pair in a field we do not know": b'{"more": "\\udc00", ' + json.dumps(cast.form(MAYA)).encode()[1:],
    "no end of lists": b'{"more": ' + b"[" * 40_000,
    "thirty-three levels": b'{"more": ' + b"[" * 32 + b"]" * 32 + b", " + json.dumps(cast.form(MAYA)).encode()[1:],
    "a NUL": json.dumps(cast.form(MAYA)).replace("Okafor", "Oka\\u0000for").encode(),
    "a NUL for a key nobody knows": b'{"a\\u0000b": 1, ' + json.dumps(cast.form(MAYA)).encode()[1:],
    "no number": b'{"more": NaN, ' + json.dumps(cast.form(MAYA)).encode()[1:],
    "no end of a number": b'{"more": Infinity, ' + json.dumps(cast.form(MAYA)).encode()[1:],
}


def changed(path: str, value: Any) -> dict[str, Any]:
    """Maya's form with one part of it replaced or taken away."""
    body = deepcopy(cast.form(MAYA))
    *parents, last = path.split(".")
    part = body
    for name in parents:
        part = part[name]
    if value is GONE:
        del part[last]
    else:
        part[last] = value
    return body


async def campaign(world: World, key: str, **values: Any) -> None:
    """Put a campaign into the database as a person would have set it up."""
    row = {"id": new_id(), "team_id": world.tend.team_id, "key": key, "name": key, "status": "active"}
    created = {"created_at": world.tend.now()}

    async def unit(conn: Any) -> None:
        await conn.execute(insert(campaigns).values(row | created | values))

    await world.tend.writer.run(unit)


async def nothing_was_kept(world: World) -> bool:
    """Whether no lead and no submission is there."""
    return not (await world.rows(leads) or await world.rows(submissions))


async def told(world: World, kind: str) -> list[dict[str, Any]]:
    """What the timelines say of this kind."""
    return [json.loads(world.opened(lead_events, "payload", row)) for row in await world.rows(lead_events, kind=kind)]


async def grants(world: World, lead: Lead) -> dict[str, str]:
    """The wording of each channel the lead's ledger grants."""
    rows = await world.rows(consents, lead_id=await world.lead_id(lead), action="granted")
    return {row.channel: row.wording for row in rows}


# ---- the answer


async def test_a_lead_is_kept_before_the_201_whose_shape_is_the_contracts(world: World) -> None:
    answer = await world.post_form(cast.form(MAYA))

    said = answer.json()
    assert answer.status_code == 201
    assert said == {
        "success": True,
        "lead_id": said["lead_id"],
        "message": "Lead captured successfully",
        "next_steps": {
            "expected_response_time": "within 5 minutes",
            "contact_method": "email",
            "tracking_enabled": True,
        },
    }
    assert re.fullmatch(r"lead_[0-9a-z]+", said["lead_id"])
    assert parsed("lead", said["lead_id"]) == await world.lead_id(MAYA)


@SQLITE
async def test_only_the_required_fields_are_required(world: World) -> None:
    bare = {
        "campaign_id": "spring-guide",
        "source": "modal",
        "contact": {"firstName": "Ruth", "lastName": "Adler", "email": RUTH.email},
    }
    assert (await world.post_form(bare)).status_code == 201
    empty = {"phone": "", "company": None}
    full = cast.form(MAYA, lead_details=None, tracking=None, form_metadata=None)
    full["contact"] |= empty
    assert (await world.post_form(full)).status_code == 201
    await world.live(minutes=1)
    assert (len(world.emails_to(RUTH)), len(world.emails_to(MAYA))) == (1, 1)


@SQLITE
async def test_names_are_kept_tidy_and_addresses_in_one_spelling(open_world: Opens) -> None:
    async with open_world() as world:
        body = cast.form(MAYA)
        body["contact"] |= {
            "firstName": " Ma\u0007ya\u202e ",
            "email": " Maya.Okafor@EXAMPLE.com ",
            "phone": "(512) 555-0142",
        }
        assert (await world.post_form(body)).status_code == 201
        await world.live(minutes=1)

        (email,) = world.emails_to(MAYA)
        assert "Maya" in email.text
        plain = await world.plain(await world.lead_id(MAYA))
        assert plain["first_name"] == "Maya"


# ---- once


async def test_a_repeated_idempotency_key_gets_the_first_201_and_makes_nothing(world: World) -> None:
    first = await world.post_form(cast.form(MAYA), idempotency_key="k-1")
    again = await world.post_form(cast.form(MAYA), idempotency_key="k-1")

    assert [answer.status_code for answer in (first, again)] == [201, 201]
    assert first.json() == again.json()
    assert len(await world.rows(submissions)) == len(await world.rows(leads)) == 1
    await world.live(days=2)
    assert (await world.post_form(cast.form(MAYA), idempotency_key="k-1")).json() == first.json()


async def test_a_key_that_two_people_or_two_forms_share_loses_nobody(world: World) -> None:
    maya = await world.post_form(cast.form(MAYA), idempotency_key="k-5")
    ruth = await world.post_form(cast.form(RUTH), idempotency_key="k-5")
    await world.live(seconds=1)
    open_house = await world.post_form(cast.form(RUTH, campaign="open-house"), idempotency_key="k-5")
    again = await world.post_form(cast.form(RUTH, campaign="open-house"), idempotency_key="k-5")

    assert [answer.status_code for answer in (maya, ruth, open_house, again)] == [201] * 4
    assert maya.json()["lead_id"] != ruth.json()["lead_id"] == open_house.json()["lead_id"]
    assert open_house.json() == again.json()
    assert len(await world.rows(submissions)) == 3
    await world.live(minutes=5)
    assert (len(world.emails_to(MAYA)), len(world.emails_to(RUTH))) == (1, 1)


async def test_one_human_with_two_emails_and_one_phone_is_one_lead(world: World) -> None:
    other = cast.form(MAYA, campaign="open-house")
    other["contact"] |= {"email": "m.okafor@example.org"}
    third = cast.form(MAYA, campaign="newsletter")
    third["contact"] |= {"email": "okafor@example.net", "phone": "(512) 555-0142"}
    first, second = await asyncio.gather(world.post_form(cast.form(MAYA)), world.post_form(other))
    later = await world.post_form(third)
    await world.live(minutes=5)

    assert len({answer.json()["lead_id"] for answer in (first, second, later)}) == 1
    assert len(await world.rows(leads)) == 1
    await world.enrollment(await world.lead_id(MAYA))


async def test_a_couple_with_one_phone_stays_two_people_by_form_too(world: World) -> None:
    answers = await asyncio.gather(world.post_form(cast.form(JUNE)), world.post_form(cast.form(WALT)))

    assert len({answer.json()["lead_id"] for answer in answers}) == 2


async def test_the_same_key_at_once_makes_one_lead(world: World) -> None:
    answers = await asyncio.gather(*(world.post_form(cast.form(MAYA), idempotency_key="k-2") for _ in range(16)))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["lead_id"] for answer in answers}) == 1
    assert len(await world.rows(submissions)) == 1


@SQLITE
async def test_an_idempotency_key_without_end_is_refused(world: World) -> None:
    answer = await world.post_form(cast.form(MAYA), idempotency_key="k" * 201)

    assert (answer.status_code, answer.json()["error"]) == (400, "VALIDATION_ERROR")
    assert await nothing_was_kept(world)


async def test_the_same_email_within_a_day_is_a_duplicate_whose_words_are_kept(world: World) -> None:
    first = (await world.post_form(cast.form(MAYA))).json()
    body = cast.form(MAYA, lead_details={"message": "I forgot: it must have a garden"})
    body["contact"]["email"] = MAYA.email.upper()
    answer = await world.post_form(body)

    assert answer.status_code == 409
    assert answer.json() == {
        "success": False,
        "error": "DUPLICATE_SUBMISSION",
        "message": answer.json()["message"],
        "field": "contact.email",
        "code": 409,
        "lead_id": first["lead_id"],
    }
    (event,) = await told(world, "form_repeated")
    assert event["message"] == "I forgot: it must have a garden"
    assert event["form"] == body
    assert len(await world.rows(submissions, repeats=False)) == 1
    await world.live(minutes=5)
    assert len(world.emails_to(MAYA)) == 1


@SQLITE
async def test_a_repeat_says_on_the_leads_page_all_that_it_brought(world: World) -> None:
    lead_id = parsed("lead", (await world.post_form(cast.form(MAYA))).json()["lead_id"])
    assert lead_id is not None
    given = {"email": True, "sms": True, "wording": cast.TEXT_WORDING}
    body = cast.form(MAYA, lead_details={"timeline": "this month"}, form_metadata={"consent_given": given})
    body["contact"]["phone"] = "(512) 555-0199"
    assert (await world.post_form(body)).status_code == 409

    link = await sessions.make_sign_in_link(world.tend, address=world.address)
    await world.client.post(link, headers={"Sec-Fetch-Site": "same-origin"})
    page = (await world.client.get(world.path(lead_id))).text
    said = "sent the same form again: phone +15125550199; timeline: this month; agreed to email and texts"
    assert said in page


@SQLITE
async def test_another_campaign_or_another_day_is_the_same_lead_and_no_duplicate(world: World) -> None:
    first = (await world.post_form(cast.form(MAYA))).json()["lead_id"]
    other = await world.post_form(cast.form(MAYA, campaign="open-house"))
    await world.live(hours=24, seconds=1)
    later = await world.post_form(cast.form(MAYA))

    assert (other.status_code, later.status_code) == (201, 201)
    assert {first} == {other.json()["lead_id"], later.json()["lead_id"]}
    await world.settle()
    assert len(await world.rows(leads)) == 1
    assert len(await world.lead_ids(MAYA)) == 1
    await world.enrollment(await world.lead_id(MAYA))


async def test_two_posts_of_one_new_email_at_once_make_one_lead(world: World) -> None:
    answers = await asyncio.gather(*(world.post_form(cast.form(MAYA)) for _ in range(8)))

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert len({answer.json()["lead_id"] for answer in answers}) == 1
    await world.live(minutes=5)
    assert len(await world.rows(leads)) == 1
    assert len(world.emails_to(MAYA)) == 1


# ---- what is refused


@SQLITE
async def test_a_wrong_post_is_refused_with_the_field_at_fault_and_kept_nowhere(world: World) -> None:
    for what, ((path, value), field) in REFUSED.items():
        answer = await world.client.post(LEADS, content=json.dumps(changed(path, value)))
        said = answer.json()
        named = str(said.get("field", ""))
        assert (answer.status_code, named.startswith(field)) == (400, True), (what, said)
        assert said == {
            "success": False,
            "error": "VALIDATION_ERROR",
            "message": said["message"],
            "field": named,
            "code": 400,
        }, what
        assert said["message"], what
    assert await nothing_was_kept(world)


@SQLITE
async def test_the_words_for_a_bad_address_are_the_contracts(world: World) -> None:
    answer = await world.post_form(changed("contact.email", "nobody"))

    assert answer.json() == {
        "success": False,
        "error": "VALIDATION_ERROR",
        "message": "Invalid email format",
        "field": "contact.email",
        "code": 400,
    }


@SQLITE
async def test_what_cannot_be_read_is_refused_and_kept_nowhere(world: World) -> None:
    for what, content in UNREADABLE.items():
        answer = await world.client.post(LEADS, content=content)
        assert (answer.status_code, answer.json()["error"]) == (400, "VALIDATION_ERROR"), what
    assert await nothing_was_kept(world)


@SQLITE
async def test_a_body_over_a_mebibyte_is_413_announced_or_not(world: World) -> None:
    body = cast.form(MAYA, lead_details={"message": "x" * MAX_BODY})

    async def dripping() -> Any:
        whole = json.dumps(body).encode()
        for start in range(0, len(whole), 65_536):
            yield whole[start : start + 65_536]

    for content in (json.dumps(body).encode(), dripping()):
        answer = await world.client.post(LEADS, content=content)
        assert (answer.status_code, answer.json()["success"]) == (413, False)
    assert await nothing_was_kept(world)


@SQLITE
async def test_thirty_two_levels_and_the_letters_of_an_escape_are_taken(world: World) -> None:
    body = json.dumps(cast.form(MAYA, lead_details={"message": "what does \\u0000 mean?"})).encode()
    deep = b'{"more": ' + b"[" * 31 + b"]" * 31 + b", " + body[1:]
    assert (await world.client.post(LEADS, content=deep)).status_code == 201


@SQLITE
async def test_a_name_too_long_is_cut_and_stands_whole_on_the_timeline(world: World) -> None:
    await world.sign_in()
    long = "Maximiliana " * 12
    assert (await world.post_form(changed("contact.firstName", long))).status_code == 201
    await world.live(minutes=2)
    lead = await world.lead(await world.lead_id(MAYA))
    assert len(world.opened(leads, "first_name", lead)) <= 80
    (event,) = await told(world, "arrived")
    assert event["whole"] == {"first name": long}
    assert long.strip() in (await world.client.get(world.path(lead.id))).text


@SQLITE
async def test_details_of_any_shape_are_taken_in(world: World) -> None:
    shapes: tuple[Any, ...] = ([1], {"a": 1}, 7, True, None, "x" * 20_000)
    for lead, shape in zip(cast.EVERYONE, shapes, strict=False):
        given = dict.fromkeys(("service_interest", "urgency", "message", "budget_range", "timeline"), shape)
        body = cast.form(lead, lead_details=given, tracking={"visitor_id": shape, "ip_address": shape})
        assert (await world.post_form(body)).status_code == 201
    await world.live(minutes=2)

    assert [(row.state, row.reason) for row in await world.rows(submissions)] == [("done", "")] * len(shapes)
    assert [len(world.emails_to(lead)) for lead in cast.EVERYONE] == [1] * len(shapes) + [0]


# ---- campaigns


async def test_an_unknown_campaign_is_made_as_a_draft_and_its_lead_is_written_to(world: World) -> None:
    await world.post_form(cast.form(MAYA, campaign="nobody-made-this"))
    await world.live(minutes=1)

    (row,) = await world.rows(campaigns)
    assert (row.key, row.name, row.status) == ("nobody-made-this", "nobody-made-this", "draft")
    assert (await world.lead(await world.lead_id(MAYA))).campaign_id == row.id
    assert len(world.emails_to(MAYA)) == 1


@SQLITE
async def test_a_campaign_that_is_over_keeps_the_lead_and_starts_nothing(world: World) -> None:
    for status, lead in (("paused", MAYA), ("completed", RUTH)):
        await campaign(world, status, status=status)
        answer = await world.post_form(cast.form(lead, campaign=status))
        await world.live(days=1)

        assert answer.status_code == 201
        assert answer.json()["next_steps"]["expected_response_time"] != "within 5 minutes"
        lead_id = await world.lead_id(lead)
        assert await world.touches(lead_id) == []
        assert world.sent_to(lead) == 0
        assert status in (await world.lead(lead_id)).end_reason


@SQLITE
async def test_a_campaign_with_a_token_takes_posts_with_that_token_alone(world: World) -> None:
    await campaign(world, "partners", token_hash=world.tend.sealer.hash("campaign", "s3same"))
    body = cast.form(MAYA, campaign="partners")

    for headers in ({}, {"x_campaign_token": ""}, {"x_campaign_token": "wrong"}, {"x_campaign_token": "s3sam"}):
        answer = await world.post_form(body, **headers)
        assert (answer.status_code, answer.json()["error"]) == (401, "BAD_TOKEN")
    assert await nothing_was_kept(world)
    assert (await world.post_form(body, x_campaign_token="s3same")).status_code == 201


@SQLITE
async def test_while_a_token_is_changed_both_are_valid_and_no_third(world: World) -> None:
    new, old = (world.tend.sealer.hash("campaign", token) for token in ("n3wsame", "s3same"))
    await campaign(world, "partners", token_hash=new, former_token_hash=old)
    for lead, token, status in ((MAYA, "s3same", 201), (RUTH, "n3wsame", 201), (cast.HANK, "third", 401)):
        answer = await world.post_form(cast.form(lead, campaign="partners"), x_campaign_token=token)
        assert answer.status_code == status


@SQLITE
async def test_the_wrong_token_learns_nothing_of_who_is_known(world: World) -> None:
    await campaign(world, "partners", token_hash=world.tend.sealer.hash("campaign", "s3same"))
    body = cast.form(MAYA, campaign="partners")
    await world.post_form(body, x_campaign_token="s3same", idempotency_key="k-3")

    known = await world.post_form(body, idempotency_key="k-3")
    stranger = await world.post_form(cast.form(RUTH, campaign="partners"))
    assert known.status_code == stranger.status_code == 401
    assert known.content == stranger.content


# ---- browsers


@SQLITE
async def test_a_page_the_campaign_allows_may_post_and_read_every_answer(world: World) -> None:
    await campaign(world, "spring-guide", allowed_origins=f"{SHOP} https://blog.example.com")
    taken = await world.post_form(cast.form(MAYA), origin=SHOP)
    repeated = await world.post_form(cast.form(MAYA), origin=SHOP)
    refused = await world.post_form(changed("contact.email", "nobody"), origin=SHOP)

    assert [answer.status_code for answer in (taken, repeated, refused)] == [201, 409, 400]
    for answer in (taken, repeated, refused):
        assert answer.headers["access-control-allow-origin"] == SHOP
        assert answer.headers["vary"] == "Origin"
        assert "access-control-allow-credentials" not in answer.headers


@SQLITE
async def test_a_page_the_campaign_does_not_allow_is_refused_and_reads_nothing(world: World) -> None:
    await campaign(world, "spring-guide", allowed_origins=SHOP)

    for origin in (ELSEWHERE, "null", f"{SHOP}.example.net", SHOP.replace("https", "http"), SHOP.upper()[:-1]):
        answer = await world.post_form(cast.form(MAYA), origin=origin)
        assert (answer.status_code, answer.json()["error"]) == (403, "ORIGIN_NOT_ALLOWED")
        assert "access-control-allow-origin" not in answer.headers
    assert await nothing_was_kept(world)
    assert (await world.post_form(cast.form(MAYA))).status_code == 201  # a program sends no origin


@SQLITE
async def test_a_preflight_is_answered_for_allowed_pages_alone(world: World) -> None:
    await campaign(world, "spring-guide", allowed_origins=SHOP)
    asks = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type,idempotency-key"}

    good = await world.client.options(LEADS, headers={"Origin": SHOP, **asks})
    assert good.status_code == 204
    assert good.headers["access-control-allow-origin"] == SHOP
    assert good.headers["access-control-allow-methods"] == "POST"
    allowed = good.headers["access-control-allow-headers"].lower()
    assert all(name in allowed for name in ("content-type", "idempotency-key", "x-campaign-token"))
    for origin in (ELSEWHERE, "null", ""):
        bad = await world.client.options(LEADS, headers={"Origin": origin, **asks})
        assert not [name for name in bad.headers if name.startswith("access-control-")]


# ---- consent and visitors


@SQLITE
async def test_a_bare_true_covers_email_only(world: World) -> None:
    await world.post_form(cast.form(MAYA))
    await world.live(minutes=5)

    assert await grants(world, MAYA) == {"email": ""}
    assert len(world.emails_to(MAYA)) == 1
    assert world.texts_to(MAYA) == []


@SQLITE
async def test_a_bare_true_covers_texts_where_the_campaign_stores_the_wording(world: World) -> None:
    await campaign(world, "spring-guide", consent_wording=cast.TEXT_WORDING)
    await world.post_form(cast.form(MAYA))
    await world.live(minutes=5)

    assert await grants(world, MAYA) == {"email": cast.TEXT_WORDING, "sms": cast.TEXT_WORDING}
    assert len(world.texts_to(MAYA)) == 1


@SQLITE
async def test_an_object_with_its_wording_is_written_consent_to_texts(world: World) -> None:
    given = {"email": True, "sms": True, "wording": cast.TEXT_WORDING}
    await world.post_form(cast.form(MAYA, form_metadata={"form_type": "guide", "consent_given": given}))
    await world.post_form(cast.form(DIEGO, form_metadata={"consent_given": {"email": True, "sms": True}}))
    await world.post_form(cast.form(RUTH, form_metadata={"consent_given": {"email": True, "sms": False}}))
    await world.live(minutes=5)

    assert await grants(world, MAYA) == {"email": cast.TEXT_WORDING, "sms": cast.TEXT_WORDING}
    assert [len(world.texts_to(lead)) for lead in (MAYA, DIEGO, RUTH)] == [1, 0, 0]
    assert [len(world.emails_to(lead)) for lead in (MAYA, DIEGO, RUTH)] == [1, 1, 1]


async def test_a_visitor_seen_before_is_a_returning_one(world: World) -> None:
    seen = {"visitor_id": "v-42"}
    await world.post_form(cast.form(MAYA, tracking=seen))
    await world.post_form(cast.form(RUTH, tracking=seen))
    await world.post_form(cast.form(DIEGO, tracking={"visitor_id": "v-43"}))

    flags = {}
    for row in await world.rows(submissions):
        kept = json.loads(world.opened(submissions, "payload", row))
        flags[kept["contact"]["firstName"]] = kept["returning_visitor"]
    assert flags == {"Maya": False, "Ruth": True, "Diego": False}
    await world.settle()
    ledgers = [(await world.plain(await world.lead_id(each)))["score_reasons"] for each in (MAYA, RUTH)]
    assert ["came back to our pages" in {line[1] for line in ledger} for ledger in ledgers] == [False, True]


# ---- how a lead stands


@SQLITE
async def test_the_status_of_a_lead_needs_a_token_and_has_the_contracts_shape(world: World) -> None:
    lead_id = (await world.post_form(cast.form(MAYA))).json()["lead_id"]
    await world.live(minutes=1)
    path = f"{LEADS}/{lead_id}/status"
    bearer = {"Authorization": f"Bearer {await sessions.make_api_token(world.tend, user_id=None)}"}

    for headers in ({}, {"Authorization": "Bearer tend_wrong"}, {"Authorization": bearer["Authorization"] + "x"}):
        refused = await world.client.get(path, headers=headers)
        assert (refused.status_code, refused.json()["error"]) == (401, "UNAUTHORIZED")
        assert MAYA.first not in refused.text
    answer = await world.client.get(path, headers=bearer)
    said = answer.json()
    assert answer.status_code == 200
    assert list(said) == [
        "lead_id",
        "status",
        "last_updated",
        "assigned_to",
        "next_action",
        "estimated_response_time",
    ]
    assert (said["lead_id"], said["status"]) == (lead_id, "contacted")
    assert said["assigned_to"] in {"Dana Reyes", "Theo Lind"}
    assert said["next_action"]
    assert datetime.fromisoformat(said["last_updated"]).tzinfo is not None
    assert datetime.fromisoformat(said["estimated_response_time"]) > world.tend.now()

    for other in (lead_id[:-4] + "zzzz", "lead_", "7", lead_id.replace("lead_", "todo_"), "lead_" + "0" * 32):
        unknown = await world.client.get(f"{LEADS}/{other}/status", headers=bearer)
        assert (unknown.status_code, unknown.json()["success"]) == (404, False)


@SQLITE
async def test_a_deleted_lead_that_fills_in_the_form_again_is_a_new_lead(world: World) -> None:
    old = (await world.post_form(cast.form(MAYA))).json()["lead_id"]
    await world.settle()

    async def unit(conn: Any) -> None:
        gone = update(leads).where(leads.c.team_id == world.tend.team_id, leads.c.id == parsed("lead", old))
        await conn.execute(gone.values(deleted_at=world.tend.now()))

    await world.tend.writer.run(unit)
    await world.live(hours=25)
    again = await world.post_form(cast.form(MAYA))
    assert again.status_code == 201
    assert again.json()["lead_id"] != old
