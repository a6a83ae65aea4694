"""What a vendor tells of a message afterwards: kept once, put beside its message, and acted on.

1. The receipt is kept; one that came before is passed over. One whose message is not known yet waits a day for it.
2. The message moves on as `rules.deliveries` says, never back. A call whose end nobody saw is settled by any receipt.
3. A dead address is written to no more; a complaint, an unsubscription and a stop the carrier knows of are opt-outs.
   Nothing is sent again because of a receipt.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows import crm_owed, handing, reconciling
from agent.flows.opting_out import opt_out
from agent.log import log
from agent.rules.closing import ClosedBy
from agent.rules.contact import reached_by
from agent.rules.deliveries import says_more
from agent.store import outcomes, receipts, scores
from agent.store.wake import after_commit
from agent.tend import Tend
from channels.outcomes import CONFIGURATION, LANDLINE, OPTED_OUT_AT_CARRIER
from channels.receipts import Receipt, ReceiptKind

WAITS_FOR_ITS_MESSAGE = timedelta(days=1)
_BATCH = 200
_TROUBLE = {ReceiptKind.BOUNCED: "bounced", ReceiptKind.COMPLAINED: "complaint"}
"""What the brake on email counts, as the word on the touch."""
_LOOKED_AT = frozenset({ReceiptKind.OPENED, ReceiptKind.READ, ReceiptKind.CLICKED})


async def keep(tend: Tend, told: Sequence[Receipt]) -> int:
    """Keep what a vendor told and act on it; returns how many of these were new."""
    if not told:
        return 0
    return await tend.writer.run(partial(_keep, tend=tend, told=told))


async def look_again(tend: Tend) -> int:
    """Put receipts that came before their message was recorded beside it; returns how many found theirs."""
    now = tend.now()
    async with tend.reading() as conn:
        waiting = await receipts.unmatched(conn, team_id=tend.team_id, since=now - WAITS_FOR_ITS_MESSAGE, limit=_BATCH)
    return await tend.writer.run(partial(_match, tend=tend, waiting=waiting)) if waiting else 0


async def _keep(conn: AsyncConnection, *, tend: Tend, told: Sequence[Receipt]) -> int:
    new = 0
    for receipt in told:
        message = await _message_of(conn, tend, receipt)
        kept = await receipts.keep(
            conn,
            team_id=tend.team_id,
            sealer=tend.sealer,
            receipt=receipt,
            message_id=message.id if message is not None else None,
            now=tend.now(),
        )
        new += kept
        if kept and message is not None:
            await _act(conn, tend, receipt, message)
    return new


async def _match(conn: AsyncConnection, *, tend: Tend, waiting: Sequence[Row[Any]]) -> int:
    found = 0
    for row in waiting:
        receipt = Receipt(
            vendor=row.vendor,
            external_id=row.external_id,
            kind=ReceiptKind(row.kind),
            channel=row.channel,
            our_id=row.our_id,
            provider_id=row.provider_id,
            at=row.at,
            reason=row.reason,
        )
        message = await _message_of(conn, tend, receipt)
        if message is None or not await receipts.matched(
            conn, team_id=tend.team_id, receipt_id=row.id, message_id=message.id
        ):
            continue
        found += 1
        await _act(conn, tend, receipt, message)
    return found


async def _message_of(conn: AsyncConnection, tend: Tend, receipt: Receipt) -> Row[Any] | None:
    try:
        our_id = UUID(hex=receipt.our_id)
    except ValueError:
        our_id = None
    return await receipts.message_of(conn, team_id=tend.team_id, our_id=our_id, provider_id=receipt.provider_id)


async def _act(conn: AsyncConnection, tend: Tend, receipt: Receipt, message: Row[Any]) -> None:
    kind = receipt.kind
    if receipt.reason == CONFIGURATION:
        log.error("sender.refused", channel=receipt.channel, vendor=receipt.vendor, reason=receipt.detail)
    log.info("receipt.kept", lead=message.lead_id.hex, channel=receipt.channel, kind=kind.value, reason=receipt.reason)
    if message.touch_id is not None and message.state == "uncertain":
        await reconciling.told(conn, tend, message.touch_id, provider_id=receipt.provider_id)
    await _follow(conn, tend, receipt, message)
    if kind in _LOOKED_AT:
        await scores.soon(conn, team_id=tend.team_id, lead_ids=[message.lead_id], now=tend.now())
    if says_more(kind, message.delivery):
        await receipts.came_as_far_as(
            conn, team_id=tend.team_id, message_id=message.id, kind=kind, at=receipt.at, reason=receipt.reason
        )
    if message.channel == "email":
        await crm_owed.mail(conn, tend, message.lead_id, message.id, kind)
    if kind in _TROUBLE and message.touch_id is not None:
        await receipts.blame(
            conn, team_id=tend.team_id, touch_ids=[message.touch_id], word=_TROUBLE[kind], reason=receipt.reason
        )
    after_commit(conn, "live")


async def _follow(conn: AsyncConnection, tend: Tend, receipt: Receipt, message: Row[Any]) -> None:
    """Do what the receipt means for the lead."""
    address_hash = bytes(message.address_hash)
    by = None
    match receipt.kind:
        case ReceiptKind.COMPLAINED:
            by = ClosedBy.COMPLAINT
        case ReceiptKind.UNSUBSCRIBED:
            by = ClosedBy.LINK
        case _ if receipt.reason == OPTED_OUT_AT_CARRIER:
            by = ClosedBy.CARRIER
        case ReceiptKind.BOUNCED:
            if receipt.reason == LANDLINE:
                await outcomes.mark_landline(conn, team_id=tend.team_id, hashes=[address_hash])
                said = "this number cannot get texts; Tend texts it no more"
            else:
                await outcomes.mark_invalid(conn, team_id=tend.team_id, hashes=[address_hash])
                what = "number" if receipt.channel != "email" else "email address"
                said = f"this {what} does not work; Tend writes to it no more"
            await handing.tell_timeline(conn, tend, message.lead_id, kind="bounced", said=said)
        case _:
            pass
    if by is not None:
        await opt_out(conn, tend, [message.lead_id], by=by, address=(reached_by(message.channel), address_hash))
