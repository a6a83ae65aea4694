"""Our own footer in what somebody wrote back: mail programs that mark no quotation leave it among their words.

It says how to stop, so that a "yes" above it would read as an opt-out. Only lines that stand together as we wrote them
are taken out: whoever writes "Stop these emails" alone has said so.
"""

from __future__ import annotations

import re

_LINK = re.compile(r":?\s*[<(\[]?https?://.*|:\s*$")


def less_footer(words: str, footer: str) -> tuple[str, str]:
    """Give the words without our footer, and what was taken out. The links in either do not matter."""
    ours = [bare for line in footer.split("\n") if (bare := _bare(line))]
    lines = words.split("\n")
    kept: list[str] = []
    taken: list[str] = []
    at = 0
    while at < len(lines):
        there = lines[at : at + len(ours)]
        if ours and [_bare(line) for line in there] == ours:
            taken += there
            at += len(ours)
        else:
            kept.append(lines[at])
            at += 1
    return "\n".join(kept).strip("\n"), "\n".join(taken)


def _bare(line: str) -> str:
    return " ".join(_LINK.sub("", line[:1000]).casefold().split())
