"""Where pictures of texts are fetched, and where never: real names of hosts, answered by nobody but the test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
import respx

from channels.attached import MOST_BYTES, TOO_BIG, FetchedFile, FileNotFetched
from channels.providers.twilio_media import TwilioMedia

URL = "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages/MM1/Media/ME1"
STORE = "https://mms.twiliocdn.com/AC1/abc?Signature=x"
ADDRESSES = {"inside.amazonaws.com": ["93.184.216.34", "10.0.0.7"], "six.twilio.com": ["fd00::1"]}


async def resolve(host: str) -> list[str]:
    return ADDRESSES.get(host, ["93.184.216.34", "2606:4700::1"])


@pytest.fixture
async def files() -> AsyncIterator[TwilioMedia]:
    made = TwilioMedia(user="AC1", password="secret", base_url="https://api.twilio.com", seconds=0.5, resolve=resolve)
    yield made
    await made.aclose()


def moved(to: str) -> httpx.Response:
    return httpx.Response(307, headers={"Location": to})


@pytest.mark.parametrize("store", [STORE, "https://s3-external-1.amazonaws.com/media.twiliocdn.com/AC1/abc"])
@respx.mock
async def test_a_file_is_fetched_through_one_redirect_and_the_login_goes_to_twilio_alone(
    files: TwilioMedia, store: str
) -> None:
    first = respx.get(URL).mock(return_value=moved(store))
    then = respx.get(store).mock(
        return_value=httpx.Response(200, content=b"abc", headers={"Content-Type": "image/png"})
    )

    assert await files.fetch(URL) == FetchedFile("image/png", b"abc")
    assert first.calls.last.request.headers["authorization"].startswith("Basic ")
    assert "authorization" not in then.calls.last.request.headers


@pytest.mark.parametrize(
    "address",
    [
        "http://api.twilio.com/x",
        "https://api.twilio.com:8443/x",
        "https://api.twilio.com@evil.example/x",
        "https://twilio.com.evil.example/x",
        "https://eviltwilio.com/x",
        "https://six.twilio.com/x",
        "https://10.0.0.7/x",
        STORE,
        "file:///etc/passwd",
        "nonsense",
        "",
    ],
)
@respx.mock
async def test_another_address_is_never_asked(files: TwilioMedia, address: str) -> None:
    with pytest.raises(FileNotFetched, match="not asked") as refused:
        await files.fetch(address)
    assert refused.value.permanent
    assert not respx.calls


@pytest.mark.parametrize(
    "there",
    [
        "http://mms.twiliocdn.com/x",
        "https://evil.example/x",
        "https://amazonaws.com.evil.example/x",
        "https://inside.amazonaws.com/x",
        "https://169.254.169.254/latest",
        "//evil.example/x",
        "",
    ],
)
@respx.mock
async def test_a_redirect_leads_nowhere_else(files: TwilioMedia, there: str) -> None:
    route = respx.get(URL).mock(return_value=moved(there))
    with pytest.raises(FileNotFetched):
        await files.fetch(URL)
    assert {call.request.url for call in respx.calls} == {httpx.URL(URL)}
    assert route.called


@respx.mock
async def test_a_second_redirect_is_not_followed(files: TwilioMedia) -> None:
    respx.get(URL).mock(return_value=moved(STORE))
    respx.get(STORE).mock(return_value=moved("https://media.twiliocdn.com/x"))
    with pytest.raises(FileNotFetched, match="more than once"):
        await files.fetch(URL)


class _Endless(httpx.AsyncByteStream):
    """A body without end; `pause` seconds between its pieces."""

    def __init__(self, pause: float = 0) -> None:
        self.given = 0
        self._pause = pause

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            await asyncio.sleep(self._pause)
            self.given += 65536
            yield bytes(65536)


@respx.mock
async def test_a_body_without_end_is_left_where_the_limit_is_passed(files: TwilioMedia) -> None:
    body = _Endless()
    respx.get(URL).mock(return_value=httpx.Response(200, stream=body))
    with pytest.raises(FileNotFetched, match=TOO_BIG) as refused:
        await files.fetch(URL)
    assert refused.value.permanent
    assert body.given <= MOST_BYTES + 2 * 65536


@respx.mock
async def test_a_body_that_trickles_is_left_in_time_and_may_be_tried_again(files: TwilioMedia) -> None:
    respx.get(URL).mock(return_value=httpx.Response(200, stream=_Endless(0.05)))
    with pytest.raises(FileNotFetched, match=r"within 0\.5 s") as refused:
        await files.fetch(URL)
    assert not refused.value.permanent


@respx.mock
async def test_a_compressed_body_is_not_unpacked(files: TwilioMedia) -> None:
    respx.get(URL).mock(return_value=httpx.Response(200, stream=_Endless(), headers={"Content-Encoding": "gzip"}))
    with pytest.raises(FileNotFetched, match="compressed"):
        await files.fetch(URL)


@pytest.mark.parametrize(
    "status,reason",
    [(401, "refused our login"), (403, "refused our login"), (404, "not at Twilio"), (500, "answered 500")],
)
@respx.mock
async def test_a_refusal_is_said_in_words_and_tried_again(files: TwilioMedia, status: int, reason: str) -> None:
    respx.get(URL).mock(return_value=httpx.Response(status))
    with pytest.raises(FileNotFetched, match=reason) as refused:
        await files.fetch(URL)
    assert not refused.value.permanent
