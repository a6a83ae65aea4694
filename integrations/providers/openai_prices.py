"""What model calls cost: a dated table, in dollars per million tokens, which is micro-dollars per token.

A model that is not listed (a local server's, say) costs nothing here. Cost is rounded up, so it is never understated
by rounding; contexts past 272,000 tokens, which cost more, are far beyond what a reading sends.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

AS_OF = "2026-11-21"
"""The day the table was read from the vendor's model pages and release notes."""


@dataclass(frozen=True, slots=True)
class Price:
    """Micro-dollars per token: fresh input, input read from the cache, input written to it, output."""

    fresh: float
    cached: float
    written: float
    output: float


PRICES = {
    "gpt-6-luna": Price(0.10, 0.01, 0.125, 0.50),
    "gpt-6-sol": Price(2.0, 0.20, 2.50, 10.0),
    "gpt-5.6-luna": Price(0.20, 0.02, 0.25, 1.20),
    "gpt-5.4-mini": Price(0.75, 0.075, 0.75, 4.50),
}


ENDING = {
    "gpt-5": "2026-12-11",
    "gpt-5-mini": "2026-12-11",
    "gpt-5-nano": "2026-12-11",
    "gpt-4.1": "2027-01-14",
    "gpt-4.1-mini": "2027-01-14",
    "gpt-4o": "2027-01-14",
    "gpt-4o-mini": "2027-01-14",
    "gpt-5.4-nano": "2027-04-01",
    "gpt-4.1-nano": "2026-10-23",
    "o4-mini": "2026-10-23",
    "gpt-3.5-turbo": "2026-10-23",
}
"""The day the vendor shuts a model down, where it has said so."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What one call used. `cached` and `written` are parts of `input`; reasoning is part of `output`."""

    input: int
    output: int
    cached: int = 0
    written: int = 0


def cost_microusd(model: str, tokens: Tokens) -> int:
    """Price a call by the model that answered; a dated name (`gpt-6-luna-2026-09-01`) has its family's price."""
    price = next((PRICES[name] for name in PRICES if model == name or model.startswith(f"{name}-2")), None)
    if price is None:
        return 0
    fresh = max(0, tokens.input - tokens.cached - tokens.written)
    cost = fresh * price.fresh + tokens.cached * price.cached + tokens.written * price.written
    return math.ceil(cost + tokens.output * price.output - 1e-9)
