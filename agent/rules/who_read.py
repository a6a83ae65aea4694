"""How many messages a model read, how many the local reader read alone or in its stead, and why, in one sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from integrations.language_model import NOT_ASKED


def who_read(readers: Mapping[str, int], *, cost_microusd: int) -> str | None:
    """Say who read, from counts by the readers' names; None where nobody read anything."""
    total = sum(readers.values())
    if not total:
        return None
    asked, instead = 0, Counter[str]()
    for reader, count in readers.items():
        name, _, why = reader.partition(" (")
        if not name.startswith("local"):
            asked += count
        elif why.rstrip(")") not in {"", NOT_ASKED}:
            instead[why.rstrip(")").removeprefix("model ")] += count
    asked += instead.total()
    share = f"a model was asked of {asked} of {total} messages ({asked / total:.0%})"
    said = [share if asked else f"the local reader read {total} messages"]
    if instead:
        why = ", ".join(f"{cause} {count}" for cause, count in instead.most_common())
        said.append(f"the local reader stood in for it {instead.total()} times ({why})")
    if asked or cost_microusd:
        said.append(f"the model cost ${cost_microusd / 1_000_000:.2f}")
    return f"In 30 days {'; '.join(said)}"
