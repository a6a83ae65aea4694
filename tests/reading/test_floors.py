"""What reading may not fall below on the project's own labelled lines, which nothing was trained on.

The floors stand a little under the measured figures of `docs/reading.md`. Whoever lowers one says why in the commit.
"""

from __future__ import annotations

import asyncio
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from agent.commands.eval_classes import report
from agent.commands.eval_hot import measured
from agent.commands.eval_labels import as_judged
from agent.commands.eval_lines import Conversation, Labelled, read_lines
from agent.commands.eval_readers import timed
from integrations.language_model import Intent, ReadingRequest
from integrations.providers.local_reader import LocalReader
from integrations.providers.sentence_vectors import is_installed

HERE = Path(__file__).parent
READER = LocalReader(whole_sentences=False)
"""As it reads on a slim installation: the lowest it may read anywhere, and quickly."""
MAIN = ("buy", "sell", "rent", "valuation", "has_agent", "not_interested", "wrong_person")
"""The classes of which the set holds 40 lines and more."""


@cache
def judged(name: str) -> dict[str, Any]:
    lines = read_lines(HERE / f"{name}.jsonl", Labelled)
    requests = [ReadingRequest(line.text, previous_outbound=line.previous_outbound) for line in lines]
    answers = asyncio.run(timed(READER, requests))
    answer = (lambda found: found.sentiment) if name == "sentiment" else (lambda found: found.intent)
    return report(as_judged(lines, answers, answer))


@cache
def called_out(name: str = "hot", *, whole_sentences: bool = False) -> dict[str, Any]:
    reader = LocalReader() if whole_sentences else READER
    return asyncio.run(measured(reader, read_lines(HERE / f"{name}.jsonl", Conversation)))


def test_every_label_of_the_sets_is_one_tend_has() -> None:
    assert set(judged("intents")["labels"]) <= set(Intent)
    assert all(judged("intents")["labels"][label]["sentences"] >= 40 for label in MAIN)
    assert called_out()["conversations"] >= 150


def test_the_seven_main_intents_are_found() -> None:
    labels = judged("intents")["labels"]

    assert sum(labels[label]["f1"] for label in MAIN) / len(MAIN) >= 0.74


def test_the_tone_of_replies_is_found() -> None:
    assert judged("sentiment")["macro_f1"] >= 0.90


def test_hot_leads_are_called_out() -> None:
    assert called_out()["recall"] >= 0.95


def test_hardly_anybody_is_called_out_for_nothing() -> None:
    assert called_out()["false_share"] <= 0.08


def test_haste_is_found() -> None:
    assert called_out()["urgency"]["macro_f1"] >= 0.78


@pytest.mark.skipif(not is_installed(), reason="the sentence model is not installed (--slim)")
@pytest.mark.parametrize("name, recall, false_share", [("hot_unseen", 0.80, 0.15), ("hot_unseen_2", 0.88, 0.35)])
def test_hot_leads_in_words_no_table_was_made_for_are_called_out(name: str, recall: float, false_share: float) -> None:
    found = called_out(name, whole_sentences=True)

    assert found["recall"] >= recall
    assert found["false_share"] <= false_share
