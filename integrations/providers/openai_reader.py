"""A language model as a reader, through OpenAI's SDK: the vendor itself or any compatible server.

Promises a closed `Reading` that agrees with the words and with itself (`consistency`), or a `ReaderError`, within the
time budget. The lead's words travel as JSON in the user's turn, length-capped, and never in the instructions; the
model can call nothing. What follows from a reading is left to code.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from integrations.language_model import Answer, ReadingRequest
from integrations.providers.consistency import consistent
from integrations.providers.openai_answers import RawAnswer, Verdict, from_chat, from_responses
from integrations.providers.openai_schema import reading
from integrations.providers.openai_ways import Way, Ways, only_object
from integrations.providers.sensitive import tells
from integrations.providers.unusable_answer import UnusableAnswer

if TYPE_CHECKING:
    import httpx2

LONGEST_TEXT = 4000
"""Characters of the lead's message that are sent."""

_LONGEST_PREVIOUS = 1000
_LONGEST_FACT = 200
_MOST_FACTS = 20


class OpenAIReader:
    """Implements `integrations.language_model.Reader` over one model.

    `instructions` is the system prompt, `version` names it in what is read by it. `api` is `responses` for the vendor,
    `chat` for compatible servers. An empty `base_url` is the vendor's own. `timeout_seconds` bounds the whole call.
    `http_client` replaces the transport.
    """

    def __init__(
        self,
        *,
        api_key: str,
        base_url: str,
        model: str,
        instructions: str,
        version: str,
        timeout_seconds: float,
        api: Literal["responses", "chat"],
        http_client: httpx2.AsyncClient | None = None,
    ) -> None:
        from integrations.providers.openai_client import Client  # noqa: PLC0415 (loads the SDK only when it is used)

        self._client = Client(
            api_key=api_key,
            base_url=base_url,
            model=model,
            timeout_seconds=timeout_seconds,
            http_client=http_client,
        )
        self._model = model
        self._instructions = instructions
        self._version = version
        self._ways = Ways()
        self._api = api

    async def read(self, request: ReadingRequest) -> Answer:
        """Ask the model. Raises `ReaderError`, as `UnusableAnswer` when the call was paid for all the same."""
        question = question_for(request)
        if self._api == "responses":
            raw = await self._client.respond(instructions=self._instructions, question=question)
            return self._understood(from_responses(raw, asked=self._model), request)

        async def send(way: Way) -> RawAnswer:
            return await self._client.chat(way, instructions=self._instructions, question=question)

        raw, way = await self._ways.ask(send)
        verdict = from_chat(raw, asked=self._model)
        if not way.kept_by_server:
            verdict = replace(verdict, text=only_object(verdict.text))
        try:
            answer = self._understood(verdict, request)
        except UnusableAnswer:
            self._ways.misunderstood(way)
            raise
        self._ways.understood(way)
        return answer

    def _understood(self, verdict: Verdict, request: ReadingRequest) -> Answer:
        try:
            found = reading(verdict.text, said=request.text[:LONGEST_TEXT], reader=verdict.model, version=self._version)
        except ValueError:
            raise UnusableAnswer("nonsense", permanent=False, usage=verdict.usage) from None
        return Answer(consistent(found, request), verdict.usage)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def question_for(request: ReadingRequest) -> str:
    """The user's turn: a JSON object with the request's own field names, every value capped.

    What a form or a CRM tells of a person that fair-housing law protects is not among the facts.
    """
    facts = [fact for fact in request.facts.items() if not tells(" ".join(fact))][:_MOST_FACTS]
    fields = {
        "text": _clean(request.text, LONGEST_TEXT),
        "previous_outbound": _clean(request.previous_outbound, _LONGEST_PREVIOUS),
        "facts": {_clean(name, _LONGEST_FACT): _clean(value, _LONGEST_FACT) for name, value in facts},
    }
    return json.dumps(fields, ensure_ascii=False)


def _clean(text: str, longest: int) -> str:
    """Cut to length, without what JSON on the wire cannot carry (lone surrogates, NUL)."""
    return text[:longest].replace("\0", "").encode("utf-8", "replace").decode()
