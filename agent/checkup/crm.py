"""Looks at the CRM: does it take the key, and does it push what Tend has to hear of."""

from __future__ import annotations

from collections.abc import Iterator

from agent.settings import Settings
from channels.checks import AGAIN, Checked, Look
from integrations.errors import CrmError

_ACCOUNT, _HOOKS = "Follow Up Boss account", "FUB webhooks"
_OWNER = "to have them pushed, use a key of the account's owner and run: tend fub connect"
_NEXT = {
    "bad_key": "set FUB_API_KEY once more, from Follow Up Boss, Admin, API",
    "forbidden": "use a key of the account's owner, and the system's FUB_SYSTEM and FUB_SYSTEM_KEY",
    "not_found": "see FUB_BASE_URL",
}


def looks(settings: Settings) -> Iterator[tuple[str, Look]]:
    """What there is to look at."""
    if settings.fub_api_key:
        yield _ACCOUNT, _follow_up_boss(settings)


async def _follow_up_boss(settings: Settings) -> Look:
    from integrations.providers.followupboss import FollowUpBoss

    crm = FollowUpBoss(
        api_key=settings.fub_api_key.reveal(),
        base_url=settings.fub_base_url,
        system=settings.fub_system,
        system_key=settings.fub_system_key.reveal(),
        timeout_seconds=settings.tend_send_timeout_seconds,
    )
    name = _ACCOUNT
    try:
        identity = await crm.identity()
        yield Checked(name, "ok", f"{identity.account}, as {identity.user}" if identity.user else identity.account)
        name = _HOOKS
        if not identity.owner:
            yield Checked(name, "off", "the key is not the owner's; Tend asks for changes every minute instead", _OWNER)
        elif settings.fub_system and settings.fub_system_key:
            yield _pushed(await crm.pushes_to(f"{settings.public_url}/hooks/followupboss"), settings)
    except CrmError as error:
        yield Checked(name, "broken", str(error), _NEXT.get(error.reason, AGAIN))
    finally:
        await crm.aclose()


def _pushed(events: frozenset[str], settings: Settings) -> Checked:
    from integrations.providers.followupboss_events import EVENTS

    if missing := sorted(EVENTS.keys() - events):
        found = f"{settings.public_url}/hooks/followupboss is not told of {', '.join(missing)}"
        return Checked(_HOOKS, "broken", found, "run: tend fub connect")
    return Checked(_HOOKS, "ok", f"{len(events)} events are pushed here")
