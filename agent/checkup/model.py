"""Looks at the language model's server: does it take the key, and does it know the model. Nobody's words are sent."""

from __future__ import annotations

from collections.abc import Iterator

from agent.settings import Settings
from channels.checks import AGAIN, Checked, Look
from integrations.errors import ReaderError

_NAME = "model server"
_NEXT = {
    "bad_key": "set OPENAI_API_KEY once more",
    "forbidden": "give the key the right to list models",
    "out_of_quota": "pay, or raise the limit of the key's project",
    "unreachable": "see OPENAI_BASE_URL, and that this machine reaches it; the local reader reads so far",
    "timeout": "see OPENAI_BASE_URL, and that this machine reaches it; the local reader reads so far",
}


def looks(settings: Settings) -> Iterator[tuple[str, Look]]:
    """What there is to look at."""
    if settings.openai_api_key:
        yield _NAME, _server(settings)
        yield _NAME, _ending(settings)


async def _ending(settings: Settings) -> Look:
    """Whether OpenAI has said when it shuts the model down; other servers may keep one of that name."""
    from integrations.providers.openai_prices import ENDING

    last = ENDING.get(settings.tend_llm_model)
    if last is not None and not settings.openai_base_url:
        ends = f"OpenAI shuts {settings.tend_llm_model} down on {last}; the local reader reads from then on"
        yield Checked(_NAME, "broken", ends, "set TEND_LLM_MODEL to one that stays")


async def _server(settings: Settings) -> Look:
    from integrations.providers.openai_client import VENDOR, Client

    model = settings.tend_llm_model
    client = Client(
        api_key=settings.openai_api_key.reveal(),
        base_url=settings.openai_base_url,
        model=model,
        timeout_seconds=settings.tend_send_timeout_seconds,
        http_client=None,
    )
    try:
        listed = await client.models()
    except ReaderError as error:
        if error.reason == "not_found":
            yield Checked(_NAME, "off", "the server lists no models", "see OPENAI_BASE_URL, which often ends in /v1")
        else:
            yield Checked(_NAME, "broken", str(error), _NEXT.get(error.reason, AGAIN))
        return
    finally:
        await client.aclose()
    if model in listed or f"{model}:latest" in listed:
        yield Checked(_NAME, "ok", f"{settings.openai_base_url or VENDOR} knows {model}")
    else:
        known = ", ".join(listed[:5]) or "none"
        yield Checked(_NAME, "broken", f"it does not know {model}, but {known}", "set TEND_LLM_MODEL to one it lists")
