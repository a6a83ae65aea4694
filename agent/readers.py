"""Who reads what leads wrote, by the settings: the local reader alone, a model with it behind, or a cascade of both.

Part of the wiring, and like it a place that names vendors; a model's library is loaded when one is configured.
"""

from __future__ import annotations

from agent.settings import Settings
from agent.word_files import ModelPrompt
from integrations.language_model import Reader
from integrations.providers.cascade_reader import CascadeReader
from integrations.providers.fallback_reader import FallbackReader
from integrations.providers.sentence_vectors import is_installed


def why_no_second_opinion(settings: Settings) -> str:
    """Why the local reader has no sentence model to ask; empty where it has one."""
    if not settings.tend_whole_sentences:
        return "TEND_WHOLE_SENTENCES is false"
    return "" if is_installed() else "not installed here"


def reader(settings: Settings, prompt: ModelPrompt, local: Reader) -> Reader:
    """Make the reader that is configured; `prompt` is what a model is told to do."""
    if not settings.openai_api_key:
        return local
    from integrations.providers.openai_reader import OpenAIReader

    model = OpenAIReader(
        api_key=settings.openai_api_key.reveal(),
        base_url=settings.openai_base_url,
        model=settings.tend_llm_model,
        instructions=prompt.text,
        version=f"prompt {prompt.version} {prompt.text_hash[:12]}",
        timeout_seconds=settings.tend_llm_timeout_seconds,
        api=settings.llm_api,
    )
    always = FallbackReader(model, local, settings.tend_llm_timeout_seconds)
    return always if settings.tend_llm_below >= 1 else CascadeReader(always, local, below=settings.tend_llm_below)
