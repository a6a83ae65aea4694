"""Keeps the CRM pushing: whose account it is, one webhook for every event Tend has to hear of, and what became of each.

`connect` is asked for by a person, and remembers where it let the CRM push to. From then on the webhooks are looked at
within a minute of every start and once a day: vendors disable those that failed for long, and somebody may delete one.
Where no webhooks can be kept, `polling` asks every minute instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from agent.flows.polling import CRM
from agent.log import log
from agent.store import crm_links
from agent.store.ticks import win_slot
from agent.tend import Tend
from integrations.crm import Crm
from integrations.crm_hooks import Hook, HookState, Identity
from integrations.errors import CrmError

DAILY, AGAIN = timedelta(days=1), timedelta(hours=1)
NOT_OWNER = "the key is not the account owner's, who alone may keep webhooks"
NO_SYSTEM = "FUB_SYSTEM and FUB_SYSTEM_KEY are not set, and webhooks need them"


class CannotConnect(Exception):
    """There is nothing to connect, or no address that could be pushed to; the message says what to set."""


@dataclass(frozen=True, slots=True)
class Connected:
    """Whose account it is, where it pushes to, what became of each webhook, and why it is asked instead (or empty)."""

    identity: Identity
    url: str
    hooks: Sequence[Hook]
    polls: str

    @property
    def complete(self) -> bool:
        """Whether everything Tend has to hear of reaches it as well as it can."""
        return bool(self.polls) or not self.trouble

    @property
    def trouble(self) -> str:
        """Which events are not pushed, and why; empty when all are."""
        silent = [hook for hook in self.hooks if not hook.state.pushes and hook.state is not HookState.REMOVED]
        return "; ".join(f"{hook.event} is {hook.state} ({hook.detail})" for hook in silent)


def address(tend: Tend) -> str:
    """Where the CRM pushes to."""
    return f"{tend.settings.public_url}/hooks/{CRM}"


async def connect(tend: Tend) -> Connected:
    """Check whose key it is and keep the webhooks; remember what came of it. Raises `CannotConnect` and `CrmError`."""
    crm, url = tend.doors.crm, address(tend)
    if crm is None:
        raise CannotConnect("no CRM is configured: set FUB_API_KEY")
    identity = await crm.identity()
    if tend.doors.crm_hook is None or not tend.settings.fub_system:
        return await _remembered(tend, Connected(identity, url, (), NO_SYSTEM))
    if not identity.owner:
        return await _remembered(tend, Connected(identity, url, (), NOT_OWNER))
    if url.startswith("http://") and tend.settings.fub_base_url.startswith("https://"):
        raise CannotConnect(f"{url} cannot be pushed to: set TEND_PUBLIC_URL to the https address vendors reach")
    try:
        hooks = await _kept(tend, crm, url)
    except CrmError as error:
        if error.reason != "forbidden":
            raise
        return await _remembered(tend, Connected(identity, url, (), NOT_OWNER))
    return await _remembered(tend, Connected(identity, url, hooks, ""))


class Watch:
    """Looks at the webhooks soon after this process started, and once a day."""

    def __init__(self, tend: Tend) -> None:
        self._tend = tend
        self._looked = False

    async def look(self) -> int:
        """Mend what is to be mended, when it is time and a person connected the CRM; returns how many were mended."""
        tend, crm, now = self._tend, self._tend.doors.crm, self._tend.now()
        async with tend.reading() as conn:
            link = await crm_links.one(conn, team_id=tend.team_id, crm=CRM)
        if crm is None or tend.doors.crm_hook is None or link is None or not link.hooks_url:
            return 0
        lately = link.hooks_checked_at is not None and now - link.hooks_checked_at < (AGAIN if link.trouble else DAILY)
        if lately and self._looked and link.hooks_url == address(tend):
            return 0
        self._looked = True
        job = f"crm_hooks:{tend.team_id.hex}"
        slot = timedelta(minutes=1)
        if not await tend.writer.run(lambda conn: win_slot(conn, job=job, now=now, every=slot, node=tend.claimer.node)):
            return 0
        try:
            found = await connect(tend)
        except (CrmError, CannotConnect) as error:
            reason = str(error)
            log.warning("crm.hooks_not_kept", reason=reason)
            await _note(tend, {"trouble": reason, "hooks_checked_at": now})
            return 0
        mended = [hook for hook in found.hooks if hook.state is not HookState.KEPT]
        if mended:
            log.warning("crm.hooks_mended", hooks={hook.event: hook.state.value for hook in mended})
        return len(mended)


async def _kept(tend: Tend, crm: Crm, url: str) -> list[Hook]:
    async with tend.reading() as conn:
        link = await crm_links.one(conn, team_id=tend.team_id, crm=CRM)
    formerly = link.hooks_url if link is not None and link.hooks_url != url else ""
    return await crm.keep_hooks(url, formerly=formerly)


async def _remembered(tend: Tend, found: Connected) -> Connected:
    """Note it; where a webhook was silent until now, what it missed is asked for at once."""
    pushes = bool(found.hooks) and not found.trouble
    values: dict[str, Any] = {
        "pushes": pushes,
        "hooks_checked_at": tend.now(),
        "trouble": found.polls or found.trouble,
    }
    if found.hooks:
        values["hooks_url"] = found.url
    if any(hook.state is not HookState.KEPT for hook in found.hooks):
        values["polled_at"] = None
    await _note(tend, values)
    return found


async def _note(tend: Tend, values: dict[str, Any]) -> None:
    async def unit(conn: AsyncConnection) -> None:
        await crm_links.note(conn, team_id=tend.team_id, crm=CRM, values=values)

    await tend.writer.run(unit)
