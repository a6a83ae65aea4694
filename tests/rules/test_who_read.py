from __future__ import annotations

import pytest

from agent.rules.who_read import who_read

STOOD_IN = "the local reader stood in for it 3 times (timed out 2, throttled 1)"


@pytest.mark.parametrize(
    "readers,cost,said",
    [
        ({}, 0, None),
        ({"local-3": 7}, 0, "In 30 days the local reader read 7 messages"),
        ({"local-3 (model not asked)": 7}, 0, "In 30 days the local reader read 7 messages"),
        (
            {"gpt-6-luna": 3, "local-3 (model not asked)": 7},
            12_345,
            "In 30 days a model was asked of 3 of 10 messages (30%); the model cost $0.01",
        ),
        (
            {"gpt-6-luna": 1, "local-3 (model timed out)": 2, "local-3 (model throttled)": 1},
            0,
            f"In 30 days a model was asked of 4 of 4 messages (100%); {STOOD_IN}; the model cost $0.00",
        ),
    ],
)
def test_who_read_is_told_in_one_sentence_or_not_at_all(readers: dict[str, int], cost: int, said: str | None) -> None:
    assert who_read(readers, cost_microusd=cost) == said
