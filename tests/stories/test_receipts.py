"""What vendors tell afterwards: late, twice, out of order, before we recorded the call. Who bounced hears no more."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest

from agent.flows import receipts
from agent.store.tables import addresses, messages, suppressions
from agent.store.tables import receipts as receipts_table
from channels.outcomes import OPTED_OUT_AT_CARRIER, Sent
from channels.receipts import Receipt, ReceiptKind
from tests.cast import MAYA, RUTH
from tests.stories.conftest import SQLITE
from tests.stories.world import World


def told(world: World, kind: ReceiptKind, *, our_id: str = "", provider_id: str = "", reason: str = "") -> Receipt:
    channel = "sms" if our_id and any(text.our_id == our_id for text in world.sms.sent) else "email"
    return Receipt(
        vendor="vendor",
        external_id=f"{kind}:{our_id or provider_id}",
        kind=kind,
        channel=channel,
        our_id=our_id,
        provider_id=provider_id,
        at=world.clock.now(),
        reason=reason,
        detail=f"said of {MAYA.email}",
    )


async def delivery(world: World, our_id: str) -> str:
    (row,) = [row for row in await world.rows(messages, direction="out") if row.id.hex == our_id]
    return str(row.delivery)


async def test_receipts_in_any_order_and_twice_leave_a_message_where_it_came_furthest(world: World) -> None:
    await world.arrive(MAYA)
    await world.live(minutes=5)
    (email,) = world.emails_to(MAYA)
    some = [told(world, kind, our_id=email.our_id) for kind in (ReceiptKind.SENT, ReceiptKind.DELIVERED)]
    bounce = told(world, ReceiptKind.BOUNCED, our_id=email.our_id, reason="no_such_address")

    assert await receipts.keep(world.tend, [some[1], some[0]]) == 2
    assert await delivery(world, email.our_id) == "delivered"
    assert await receipts.keep(world.tend, [bounce, some[1], bounce]) == 1
    assert await receipts.keep(world.tend, [some[0], bounce]) == 0

    assert await delivery(world, email.our_id) == "bounced"
    kept = await world.rows(receipts_table)
    assert len(kept) == 3
    assert MAYA.email.encode() not in b"".join(row.detail for row in kept)


async def test_who_bounced_is_written_to_no_more_and_it_is_on_the_timeline(world: World) -> None:
    lead_id = await world.arrive(MAYA, text_consent="yes")
    await world.live(minutes=20)
    (email,) = world.emails_to(MAYA)
    texts = len(world.texts_to(MAYA))
    await receipts.keep(world.tend, [told(world, ReceiptKind.BOUNCED, our_id=email.our_id, reason="no_such_address")])
    await world.live(days=10)

    assert world.emails_to(MAYA) == [email]
    assert len(world.texts_to(MAYA)) > texts, "texts go on"
    (address,) = await world.rows(addresses, lead_id=lead_id, channel="email")
    assert address.valid is False
    assert {touch.word for touch in await world.touches(lead_id, channel="email", state="sent")} == {"bounced"}


@SQLITE
async def test_the_leads_page_says_how_far_a_message_came(world: World) -> None:
    lead_id = await world.arrive(MAYA)
    await world.live(minutes=5)
    await world.sign_in()
    (email,) = world.emails_to(MAYA)
    for kind, words in ((ReceiptKind.DELIVERED, "delivered"), (ReceiptKind.BOUNCED, "bounced: no such address")):
        await receipts.keep(world.tend, [told(world, kind, our_id=email.our_id, reason="no_such_address")])
        assert f">{words}</span>" in (await world.client.get(world.path(lead_id))).text


async def test_a_complaint_ends_everything(world: World) -> None:
    lead_id = await world.arrive(MAYA, text_consent="yes")
    await world.live(minutes=20)
    before = world.sent_to(MAYA)
    await receipts.keep(world.tend, [told(world, ReceiptKind.COMPLAINED, our_id=world.emails_to(MAYA)[0].our_id)])
    await world.live(days=10)

    assert world.sent_to(MAYA) == before
    assert (await world.lead(lead_id)).end_reason == "opted out"
    assert {row.source for row in await world.rows(suppressions)} == {"complaint"}


@SQLITE
async def test_a_stop_told_by_a_receipt_counts_as_one(world: World) -> None:
    lead_id = await world.arrive(MAYA, text_consent="yes")
    await world.live(minutes=20)
    before = world.sent_to(MAYA)
    stop = told(world, ReceiptKind.BOUNCED, our_id=world.texts_to(MAYA)[0].our_id, reason=OPTED_OUT_AT_CARRIER)
    await receipts.keep(world.tend, [stop])
    await world.live(days=10)

    assert world.sent_to(MAYA) == before
    assert (await world.lead(lead_id)).end_reason == "opted out"
    (number,) = await world.rows(addresses, lead_id=lead_id, channel="sms")
    assert number.valid is not False, "the number works, its owner said stop"


async def test_a_receipt_settles_a_call_whose_end_nobody_saw(world: World) -> None:
    world.email.script("accept_then_unknown")
    lead_id = await world.arrive(MAYA)
    await world.live(minutes=5)
    (touch,) = await world.touches(lead_id, state="uncertain")
    (email,) = world.emails_to(MAYA)

    await receipts.keep(world.tend, [told(world, ReceiptKind.DELIVERED, our_id=email.our_id, provider_id="v-1")])

    (settled,) = await world.touches(lead_id, id=touch.id)
    assert (settled.state, settled.provider_id) == ("sent", "v-1")
    await world.live(hours=3)
    assert world.emails_to(MAYA) == [email]


@SQLITE
async def test_a_receipt_that_comes_before_its_message_is_recorded_finds_it_later(world: World) -> None:
    early = told(world, ReceiptKind.DELIVERED, provider_id="vendor-77")
    assert await receipts.keep(world.tend, [early]) == 1
    world.email.script(Sent("vendor-77"))
    await world.arrive(MAYA)
    assert await delivery(world, world.emails_to(MAYA)[0].our_id) == ""
    await world.tick("reconcile")

    assert await delivery(world, world.emails_to(MAYA)[0].our_id) == "delivered"
    assert await world.tick("reconcile") == 0


@SQLITE
async def test_a_receipt_nobody_knows_is_kept_and_changes_nothing(world: World) -> None:
    await world.arrive(RUTH)
    await world.live(minutes=5)
    strange = [
        told(world, kind, our_id=our_id, provider_id="v-9")
        for kind, our_id in itertools.product((ReceiptKind.COMPLAINED, ReceiptKind.BOUNCED), ("", "zz", "0" * 32))
    ]
    assert await receipts.keep(world.tend, strange) == len({receipt.external_id for receipt in strange})
    assert await receipts.look_again(world.tend) == 0
    world.clock.advance_to(world.clock.now() + timedelta(days=2))
    assert await receipts.look_again(world.tend) == 0
    assert await world.rows(suppressions) == []


@SQLITE
@pytest.mark.parametrize("kind", [ReceiptKind.OPENED, ReceiptKind.CLICKED, ReceiptKind.DELAYED])
async def test_a_delay_and_what_a_machine_opens_say_nothing_of_the_lead(world: World, kind: ReceiptKind) -> None:
    lead_id = await world.arrive(MAYA)
    await world.live(minutes=5)
    before = (await world.lead(lead_id)).score
    (sent,) = await world.rows(messages, lead_id=lead_id, channel="email")
    receipt = told(world, kind, our_id=world.emails_to(MAYA)[0].our_id)
    await receipts.keep(world.tend, [replace(receipt, at=sent.at)])
    await world.settle()
    assert (await world.lead(lead_id)).score == before
    assert await world.open_todos(lead_id) == []
