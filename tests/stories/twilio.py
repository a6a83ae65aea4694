"""Twilio as the stories meet it: its stand-in on a real port, its signed callbacks, and people who write through it."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx

from agent.store.tables import conversations
from channels.standins.twilio import signed_form, text_fields
from channels.standins.twilio_account import TwilioAccount
from tests import cast
from tests.cast import MAYA
from tests.channels import peers
from tests.stories.world import World


class Twilio:
    """The account, and who brings its callbacks to Tend."""

    def __init__(self) -> None:
        self.world: World | None = None
        self.account = TwilioAccount(lambda: self.world.clock.now() if self.world else cast.TUESDAY_MORNING)

    async def tells(self, *statuses: str, code: int | None = None, times: int = 1, shuffled: bool = False) -> set[int]:
        """Post the callbacks of the newest text to Tend, signed with Tend's token; returns the answers' statuses."""
        assert self.world is not None
        pushes = self.account.callbacks(
            self.account.taken[-1]["sid"], statuses, error_code=code, token=self.world.auth_token
        )
        pushes *= times
        if shuffled:
            pushes = [*reversed(pushes[1:]), pushes[0]]
        answers = [await self.world.client.post(p.path, content=p.body, headers=p.headers) for p in pushes]
        return {answer.status_code for answer in answers}


async def today(world: World) -> str:
    """The page of the day, as a browser gets it over https: its cookies travel only there."""
    return (await world.client.get("/", headers=signed_in(world))).text


def signed_in(world: World) -> dict[str, str]:
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in world.client.cookies.jar)
    return {"Cookie": cookies, "Sec-Fetch-Site": "same-origin"}


async def texted(world: World) -> Any:
    """Maya comes in, may be texted, and gets her first text."""
    lead_id = await world.arrive(MAYA, text_consent="yes")
    await world.live(minutes=20)
    return lead_id


async def replied(world: World, lead_id: Any, body: str, *, channel: str = "whatsapp") -> str:
    """A person replies on this channel from the lead's page; the page's answer."""
    (talk,) = await world.rows(conversations, lead_id=lead_id)
    given = {"channel": channel, "subject": "", "body": body, "generation": str(talk.generation)}
    path = world.path(lead_id, "reply")
    answer = await world.client.post(path, data=given, headers=signed_in(world), follow_redirects=False)
    await world.settle()
    return answer.text


async def written(world: World, body: str, *, sender: str = MAYA.phone, **more: str) -> httpx.Response:
    """Somebody writes to us through Twilio; `whatsapp:` before the number where they write there."""
    fields = text_fields(message_sid=f"SM{uuid4().hex}", sender=sender, recipient=cast.OUR_NUMBER, body=body) | more
    content, headers = signed_form(world.auth_token, f"{peers.PUBLIC}/hooks/twilio/sms", fields)
    return await world.client.post("/hooks/twilio/sms", content=content, headers=headers)
