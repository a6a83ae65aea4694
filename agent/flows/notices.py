"""What a cloud's notification tells, given to whoever it is for: receipts, texts, mail in hand and mail in a bucket.

Everything is kept when this returns, and each of them is harmless when it is told again.
"""

from __future__ import annotations

from collections.abc import Sequence

from agent.flows import inbound_mail, receipts, replies, stored_mail
from agent.tend import Tend
from channels.arrived_mail import ArrivedMail, StoredMail
from channels.notices import Told
from channels.receipts import Receipt
from channels.sms import InboundSms


async def take(tend: Tend, told: Sequence[Told]) -> None:
    """Keep what was told and act on it. Raises `ValueError` for a text or a mail whose sender is no address."""
    await receipts.keep(tend, [each for each in told if isinstance(each, Receipt)])
    await stored_mail.keep(tend, [each for each in told if isinstance(each, StoredMail)])
    for each in told:
        match each:
            case InboundSms():
                await replies.receive_sms(tend, each)
            case ArrivedMail(raw, envelope):
                await inbound_mail.receive(tend, raw, envelope)
            case _:
                pass
