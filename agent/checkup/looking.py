"""Looks at all configured vendors at the same time, each within its time, and gives the lines in their order.

Never raises: a look that takes too long keeps what it found so far and says so, and one that breaks is a line too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing

from agent.checkup import crm, model, public_address, vendors_looked_at
from agent.settings import Settings
from channels.checks import AGAIN, Checked, Look

CALLS = 4
"""How many calls at their limit one look may take; those that answer take a fraction of that."""

DnsServer = tuple[str, int]


async def look(settings: Settings, *, dns: DnsServer | None) -> list[Checked]:
    """Look at everything that is configured; `dns` is asked instead of this machine's servers."""
    looks = [
        *crm.looks(settings),
        *vendors_looked_at.looks(settings, dns=dns),
        *model.looks(settings),
        *public_address.looks(settings),
    ]
    limit = settings.tend_send_timeout_seconds * CALLS
    return await all_of(looks, limit_seconds=limit)


async def all_of(looks: Sequence[tuple[str, Look]], *, limit_seconds: float) -> list[Checked]:
    """Run these looks, each under a name for the line that says what went wrong with it."""
    found = await asyncio.gather(*(_one(name, each, limit_seconds) for name, each in looks))
    return [line for lines in found for line in lines]


async def _one(name: str, each: Look, limit_seconds: float) -> list[Checked]:
    lines: list[Checked] = []
    try:
        async with asyncio.timeout(limit_seconds), aclosing(each) as open_look:
            async for line in open_look:
                lines.append(line)  # noqa: PERF401 - what was found before the limit counts
    except TimeoutError:
        lines.append(Checked(name, "broken", f"not done within {limit_seconds:g} s", AGAIN))
    except Exception as error:  # noqa: BLE001 - a look that breaks must not hide the others
        lines.append(Checked(name, "broken", f"could not be looked at ({type(error).__name__})", AGAIN))
    return lines
