"""Both sides of our Twilio, the provider and its stand-in, held to Twilio's published OpenAPI file by Prism.

Skipped where Prism or the file is not at hand: `npm i @stoplight/prism-cli`, then `TEND_PRISM` and `TEND_TWILIO_SPEC`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from channels.outcomes import (
    OPTED_OUT_AT_CARRIER,
    Found,
    Refused,
    Sent,
    Sought,
)
from channels.providers.twilio_sms import TwilioSmsSender
from channels.providers.twilio_whatsapp import TwilioWhatsAppSender
from channels.sms import OutgoingSms
from channels.standins.twilio_account import TwilioAccount
from channels.standins.twilio_server import app
from channels.whatsapp import OutgoingWhatsApp
from tests.channels.peers import NOW, SERVICE, connected, served

ROOT = Path(__file__).resolve().parents[2]
SPEC = Path(os.environ.get("TEND_TWILIO_SPEC") or ROOT.parent / "shared" / "specs" / "twilio.json")
PRISM = os.environ.get("TEND_PRISM") or shutil.which("prism")
_READY_SECONDS = 60

pytestmark = pytest.mark.skipif(
    PRISM is None or not SPEC.exists(), reason="needs Prism (npm i @stoplight/prism-cli) and Twilio's OpenAPI file"
)


_PATHS = frozenset(("uri", "first_page_uri", "next_page_uri", "previous_page_uri"))


def as_twilio_answers(spec: Any) -> Any:
    """The file as Twilio keeps it: these properties of a list hold paths, which Prism would not take for addresses."""
    if isinstance(spec, list):
        return [as_twilio_answers(each) for each in spec]
    if not isinstance(spec, dict):
        return spec
    found = {name: as_twilio_answers(each) for name, each in spec.items()}
    for name in _PATHS & found.keys():
        if isinstance(found[name], dict):
            found[name].pop("format", None)
    return found


def written_to(folder: Path) -> str:
    """The file as Prism is given it."""
    spec = folder / "twilio.json"
    spec.write_text(json.dumps(as_twilio_answers(json.loads(SPEC.read_text()))))
    return str(spec)


@contextlib.asynccontextmanager
async def proxied(upstream: str, folder: Path) -> AsyncIterator[str]:
    """Prism between us and the stand-in, answering with an error where either breaks Twilio's shapes."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    arguments = ["proxy", "-h", "127.0.0.1", "-p", str(port), "--errors", written_to(folder), upstream]
    process = await asyncio.create_subprocess_exec(
        str(PRISM), *arguments, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(_READY_SECONDS):
            while True:
                with contextlib.suppress(OSError):
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                    writer.close()
                    break
                await asyncio.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        await process.wait()


async def test_what_we_post_and_what_the_stand_in_answers_have_twilios_shapes(tmp_path: Path) -> None:
    account = TwilioAccount(lambda: NOW)
    async with (
        served(app(account)) as upstream,
        proxied(upstream, tmp_path) as url,
        connected(account, url, timeout_seconds=20.0) as messages,
    ):
        sender = TwilioSmsSender(messages, service_sid=SERVICE)
        text = OutgoingSms("id-1", "+15125550142", "It's open")  # no pictures: Prism sees no lists in forms
        sent = await sender.send(text)
        assert isinstance(sent, Sent)
        found = await sender.find(Sought(our_id="id-1", to=text.to, since=NOW, words=text.body))
        assert found == Found(sent.provider_id)
        refused = await sender.send(OutgoingSms("id-2", "+15005550104", "Hi"))
        assert isinstance(refused, Refused)
        assert refused.reason == OPTED_OUT_AT_CARRIER
        whatsapp = TwilioWhatsAppSender(messages, from_number="+15125550199", template="HX" + "0" * 32)
        for blanks in ((), ("Maya", "Hi")):
            assert isinstance(await whatsapp.send(OutgoingWhatsApp("id-3", "+15125550142", "Hi", blanks)), Sent)
