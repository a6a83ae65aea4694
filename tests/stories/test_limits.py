"""What limits sending beside the hours: number lists, caps of a number and a sender, email's brake, a pause."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, update

from agent.flows import controls, number_lists, pausing, permitting
from agent.flows.number_lists import Uploaded, UploadRefused
from agent.store.ids import new_id
from agent.store.tables import conversations, leads, listed_numbers, messages, touches
from channels.outcomes import Refused
from tests import cast
from tests.cast import HANK, JUNE, MAYA, OLIVE, WALT
from tests.stories.conftest import SQLITE, Opens
from tests.stories.world import World


async def plan_text(world: World, lead_id: UUID) -> UUID:
    """Plan a person's own text to a lead."""
    (talk,) = await world.rows(conversations, lead_id=lead_id)
    found = await controls.reply(
        world.tend,
        lead_id,
        channel="sms",
        subject="",
        body="Are you still looking?",
        user_id=None,
        generation=talk.generation,
    )
    assert isinstance(found, controls.ReplyPlanned)
    return found.touch_id


async def upload(world: World, folder: Path, text: str, *, kind: str = "dnc", on: date | None = None) -> Any:
    """Upload a file with this text."""
    path = folder / "numbers.csv"
    path.write_text(text, encoding="utf-8")
    return await number_lists.upload(world.tend, path, kind=kind, checked_on=on)


async def came_long_ago(world: World, lead_id: UUID, *, days: int, **also: Any) -> None:
    """Move a lead's arrival into the past."""
    then = world.clock.now() - timedelta(days=days)
    await world.tend.writer.run(
        lambda conn: conn.execute(
            update(leads)
            .where(leads.c.team_id == world.tend.team_id, leads.c.id == lead_id)
            .values(arrived_at=then, **also)
        )
    )


async def one(world: World, touch_id: UUID) -> Any:
    """One touch."""
    (row,) = await world.rows(touches, id=touch_id)
    return row


# ---- number lists


@pytest.mark.parametrize(
    "days, also, sent",
    [
        (80, {}, True),  # an inquiry in the last three months
        (120, {}, False),
        (120, {"deal_on": date(2025, 3, 1)}, True),  # a deal in the last eighteen
        (900, {"deal_on": date(2024, 11, 1)}, False),
    ],
)
async def test_a_listed_number_is_texted_only_within_the_relationship(
    world: World, tmp_path: Path, days: int, also: dict[str, Any], *, sent: bool
) -> None:
    lead_id = await world.arrive(HANK, text_consent="yes")
    await world.live(minutes=5)
    before = len(world.texts_to(HANK))
    done = await upload(world, tmp_path, f"number\n{HANK.phone}\n")
    assert done == Uploaded(1, 0, world.clock.now().date())
    await came_long_ago(world, lead_id, days=days, **also)

    touch_id = await plan_text(world, lead_id)
    await world.settle()

    assert len(world.texts_to(HANK)) == before + sent
    row = await one(world, touch_id)
    assert (row.state, row.word) == (("sent", "") if sent else ("skipped", "do_not_call"))
    if not sent:
        assert "Do-Not-Call" in row.verdict


@SQLITE
async def test_the_relationship_never_takes_the_place_of_consent(world: World, tmp_path: Path) -> None:
    lead_id = await world.arrive(HANK)
    await world.live(minutes=5)
    await upload(world, tmp_path, HANK.phone)

    row = await one(world, await plan_text(world, lead_id))
    await world.settle()

    row = await one(world, row.id)
    assert (row.state, row.word) == ("skipped", "no_consent")


async def test_a_list_older_than_31_days_holds_what_nobody_asked_for_until_a_new_one_comes(
    world: World, tmp_path: Path
) -> None:
    await upload(world, tmp_path, OLIVE.phone, on=world.clock.now().date() - timedelta(days=32))
    lead_id = await world.arrive(MAYA, text_consent="yes")
    await world.live(minutes=5)

    assert world.texts_to(MAYA) == []
    assert len(world.emails_to(MAYA)) == 1
    (held,) = [row for row in await world.touches(lead_id) if row.state == "planned"]
    assert held.word == "old_list"
    assert "32 days old" in held.reason

    await upload(world, tmp_path, OLIVE.phone)
    await world.settle()

    assert len(world.texts_to(MAYA)) == 1


async def test_a_new_list_takes_the_place_of_the_old_and_holds_hashes_alone(world: World, tmp_path: Path) -> None:
    await upload(world, tmp_path, f"{HANK.phone}\n{MAYA.phone}\n", on=world.clock.now().date() - timedelta(days=3))
    await upload(world, tmp_path, "areacode,number\n303,5550145\n")

    (row,) = await world.rows(listed_numbers)
    assert bytes(row.value_hash) == world.tend.sealer.hash("sms", HANK.phone)


@SQLITE
async def test_an_upload_that_cannot_be_true_changes_nothing_and_says_why(world: World, tmp_path: Path) -> None:
    today = world.clock.now().date()
    await upload(world, tmp_path, HANK.phone)

    for text, on, why in (
        (HANK.phone, today + timedelta(days=1), "future"),
        (HANK.phone, today - timedelta(days=5), "older"),
        ("name\nHank\nMaya\n", today, "no phone number"),
    ):
        refused = await upload(world, tmp_path, text, on=on)
        assert isinstance(refused, UploadRefused)
        assert why in refused.reason
    gone = await number_lists.upload(world.tend, tmp_path / "nowhere.csv", kind="dnc", checked_on=None)
    assert isinstance(gone, UploadRefused)
    assert len(await world.rows(listed_numbers)) == 1


@SQLITE
async def test_a_number_that_changed_hands_is_not_texted_until_its_owner_agrees(world: World, tmp_path: Path) -> None:
    lead_id = await world.arrive(HANK, text_consent="yes")
    world.clock.advance(timedelta(days=1))
    done = await upload(
        world, tmp_path, f"phone,answer\n{HANK.phone},yes\n{MAYA.phone},no data\n{OLIVE.phone}\n", kind="reassigned"
    )
    assert done == Uploaded(1, 1, world.clock.now().date())
    before = len(world.texts_to(HANK))

    first = await plan_text(world, lead_id)
    await world.settle()
    row = await one(world, first)
    assert (row.state, row.word, len(world.texts_to(HANK))) == ("skipped", "reassigned", before)

    world.clock.advance(timedelta(days=1))
    await permitting.allow_texts(world.tend, lead_id, number=HANK.phone, wording=cast.TEXT_WORDING, ip="")
    second = await plan_text(world, lead_id)
    await world.settle()
    assert ((await one(world, second)).state, len(world.texts_to(HANK))) == ("sent", before + 1)


# ---- what one number gets


@SQLITE
async def test_two_leads_with_one_number_get_one_sequence_text_a_day_between_them(world: World) -> None:
    june = await world.arrive(JUNE, text_consent="yes")
    walt = await world.arrive(WALT, text_consent="yes")
    assert june != walt

    await world.live(hours=10)

    assert len(world.texts_to(JUNE)) == 1
    held = [row for lead_id in (june, walt) for row in await world.touches(lead_id) if row.word == "daily_cap"]
    assert len(held) == 1


async def test_texts_to_one_number_that_meet_in_a_batch_never_pass_the_cap(world: World) -> None:
    lead_id = await world.arrive(MAYA)
    await world.live(minutes=1)
    await permitting.allow_texts(world.tend, lead_id, number=MAYA.phone, wording=cast.TEXT_WORDING, ip="")
    await many_texts(world, lead_id, 9)

    await world.settle()

    assert len(world.texts_to(MAYA)) == 3
    waiting = [row for row in await world.touches(lead_id) if row.word == "text_cap"]
    assert len(waiting) == 6


async def many_texts(world: World, lead_id: UUID, how_many: int) -> None:
    """Plan texts of a person's, all due now."""
    tend, now = world.tend, world.clock.now()
    rows = [
        {
            "id": (touch_id := new_id()),
            "team_id": tend.team_id,
            "lead_id": lead_id,
            "kind": "manual",
            "channel": "sms",
            "dedupe_key": touch_id.hex,
            "words": tend.sealer.seal("touches", "words", touch_id, '{"subject": "", "body": "Hello there"}'),
            "planned_at": now,
            "due_at": now,
            "state": "planned",
        }
        for _ in range(how_many)
    ]
    await tend.writer.run(lambda conn: conn.execute(insert(touches), rows))


# ---- what one sender sends


async def test_the_carriers_daily_budget_is_never_passed_and_the_rest_goes_when_it_frees(open_world: Opens) -> None:
    async with open_world(tend_texts_per_day=3) as world:
        ids = [await world.arrive(cast.guest(number)) for number in range(5)]
        await world.live(minutes=1)
        for number, lead_id in enumerate(ids):
            phone = cast.guest(number).phone
            await permitting.allow_texts(world.tend, lead_id, number=phone, wording=cast.TEXT_WORDING, ip="")
            await many_texts(world, lead_id, 1)

        await world.live(hours=3)
        assert sum(segments.segments for segments in await world.rows(messages, channel="sms", direction="out")) == 3
        held = [row for lead_id in ids for row in await world.touches(lead_id) if row.word == "text_budget"]
        assert len(held) == 2
        assert "3 of 3" in held[0].reason

        await world.live(hours=25)
        assert [row for row in await world.rows(touches, kind="manual") if row.state != "sent"] == []


async def test_a_new_sender_climbs_the_ladder_week_by_week(open_world: Opens) -> None:
    async with open_world(tend_email_warm_up="2,4") as world:
        for number in range(7):
            world.add_to_crm(cast.guest(number))
        await world.push("peopleCreated", list(world.account.people))
        await world.live(hours=2)
        assert len(world.email.sent) == 2
        held = [row for row in await world.rows(touches, state="planned") if row.word == "warm_up"]
        assert len(held) == 5
        assert "2 are allowed this week" in held[0].reason

        await world.live(hours=23)
        assert len(world.email.sent) <= 4


@SQLITE
async def test_email_stops_by_itself_when_too_much_bounces_and_goes_on_when_a_person_says_so(
    open_world: Opens,
) -> None:
    async with open_world() as world:
        lead_id = await world.arrive(MAYA)
        await world.live(minutes=1)
        await history(world, lead_id, sent=95, bounced=5)
        world.email.script(Refused("invalid_address"))
        await world.arrive(HANK)
        await world.live(minutes=5)
        assert world.email.attempts == 2

        await world.arrive(OLIVE)
        await world.live(minutes=5)

        assert world.emails_to(OLIVE) == []
        (held,) = [row for row in await world.touches(await world.lead_id(OLIVE)) if row.state == "planned"]
        assert held.word == "email_brake"
        assert "6 of" in held.reason

        await pausing.resume_everything(world.tend)
        await world.settle()
        assert len(world.emails_to(OLIVE)) == 1


@SQLITE
async def test_one_complaint_in_a_thousand_stops_email(world: World) -> None:
    lead_id = await world.arrive(MAYA)
    await world.live(minutes=1)
    await history(world, lead_id, sent=990, bounced=0, complaints=1)
    await world.arrive(OLIVE)
    await world.live(minutes=5)

    (held,) = [row for row in await world.touches(await world.lead_id(OLIVE)) if row.state == "planned"]
    assert (held.word, "complaint" in held.reason) == ("email_brake", True)


async def history(world: World, lead_id: UUID, *, sent: int, bounced: int, complaints: int = 0) -> None:
    """Write outcomes of emails of an hour ago, as senders' answers leave them."""
    tend, then = world.tend, world.clock.now() - timedelta(hours=1)
    words = ["invalid_address"] * bounced + ["complaint"] * complaints + [""] * (sent - complaints)
    touch_rows, message_rows = [], []
    for word in words:
        touch_id, message_id = new_id(), new_id()
        shared = {"team_id": tend.team_id, "lead_id": lead_id, "channel": "email"}
        state = "failed" if word == "invalid_address" else "sent"
        touch_rows.append(
            {"id": touch_id, "kind": "manual", "dedupe_key": touch_id.hex, "planned_at": then, "due_at": then}
            | {"state": state, "word": word, "ended_at": then, "message_id": message_id, **shared}
        )
        message_rows.append(
            {"id": message_id, "touch_id": touch_id, "direction": "out", "at": then, **shared}
            | {"address_hash": tend.sealer.hash("email", f"{message_id.hex}@example.com")}
        )

    async def unit(conn: Any) -> None:
        await conn.execute(insert(touches), touch_rows)
        await conn.execute(insert(messages), message_rows)

    await tend.writer.run(unit)


# ---- what a person made wait


@SQLITE
async def test_a_snooze_of_ten_days_skips_nothing(world: World) -> None:
    lead_id = await world.arrive(MAYA)
    await world.live(minutes=5)
    await controls.snooze(world.tend, lead_id, until=world.clock.now() + timedelta(days=10), user_id=None)
    before = world.sent_to(MAYA)

    await world.live(days=9)
    assert world.sent_to(MAYA) == before
    await world.live(days=3)

    assert world.sent_to(MAYA) > before
    assert [row.word for row in await world.touches(lead_id) if row.word == "late"] == []


@SQLITE
async def test_a_pause_of_five_days_skips_nothing(world: World) -> None:
    lead_id = await world.arrive(MAYA)
    await world.live(minutes=5)
    await pausing.pause_everything(world.tend, reason="a holiday")
    before = world.sent_to(MAYA)

    for _ in range(5):
        world.clock.advance(timedelta(days=1))
        await world.settle()
    assert world.sent_to(MAYA) == before
    await pausing.resume_everything(world.tend)
    await world.live(days=1)

    assert world.sent_to(MAYA) > before
    assert [row.word for row in await world.touches(lead_id) if row.word == "late"] == []


# ---- where they live


@SQLITE
async def test_a_form_without_a_phone_does_not_move_a_lead_out_of_their_own_zone(world: World) -> None:
    at_home = {"address": {"city": "Los Angeles", "state": "California", "code": "90012"}}
    lead_id = await world.arrive(MAYA, **at_home)
    assert ((await world.lead(lead_id)).zones, (await world.lead(lead_id)).residence_state) == (
        "America/Los_Angeles",
        "CA",
    )

    body = cast.form(MAYA)
    del body["contact"]["phone"]
    assert (await world.post_form(body)).status_code == 201
    await world.settle()

    lead = await world.lead(lead_id)
    assert (lead.zones, lead.zone_source) == ("America/Los_Angeles", "address")


@SQLITE
async def test_a_zip_in_a_state_of_two_zones_settles_which_clock_the_gate_reads(world: World) -> None:
    at_home = {"address": {"city": "Austin", "state": "Texas", "code": "78704"}}
    lead_id = await world.arrive(MAYA, text_consent="yes", **at_home)
    await world.live(minutes=5)

    (text,) = [row for row in await world.touches(lead_id, state="sent") if row.channel == "sms"]
    assert (await world.lead(lead_id)).zones == "America/Chicago"
    assert "their time, an allowed hour" in text.verdict


@SQLITE
async def test_a_stage_the_team_file_knows_no_more_stops_automation_at_the_gate(world: World) -> None:
    lead_id = await world.arrive(MAYA, stage="Lead")
    await world.live(minutes=1)
    await world.tend.writer.run(
        lambda conn: conn.execute(
            update(leads)
            .where(leads.c.team_id == world.tend.team_id, leads.c.id == lead_id)
            .values(crm_stage="Renamed")
        )
    )
    before = world.sent_to(MAYA), {row.id for row in await world.touches(lead_id) if row.state == "skipped"}

    await world.live(days=3)

    assert world.sent_to(MAYA) == before[0]
    skipped = [row for row in await world.touches(lead_id) if row.state == "skipped" and row.id not in before[1]]
    said = {(row.word, row.reason) for row in skipped if row.channel == "email"}
    assert said == {("stage", "the stage “Renamed” is not mapped")}
