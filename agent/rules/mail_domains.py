"""What a mail domain says of whoever writes from it: a business of their own, a free mailbox, or a throw-away one.

The lists are `data/mail_domains.toml`; a domain in neither is taken for a business's.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal

from agent.rules.dated import Entry, document, entries

_FILE = "mail_domains.toml"
_KEYS = ("kind", "effective_from", "source", "last_reviewed", "names")

Mailbox = Literal["business", "free", "disposable", "unknown"]


@cache
def load_domains() -> Mapping[str, Mailbox]:
    """Read the file that ships with Tend, once. Raises `BadRuleFile`."""
    return parse(files("agent.rules").joinpath("data", _FILE).read_text("utf-8"), file=f"agent/rules/data/{_FILE}")


def parse(text: str, *, file: str) -> Mapping[str, Mailbox]:
    """Read the lists from TOML: domain by kind. Raises `BadRuleFile` at the first thing wrong with it."""
    found: dict[str, Mailbox] = {}
    for index, item in enumerate(entries(document(text, file=file), "domains", file=file)):
        entry = Entry(f"{file}: domains[{index}]", item)
        entry.check_keys(needed=_KEYS, allowed=frozenset({*_KEYS, "note"}))
        entry.text("source")
        entry.day("effective_from")
        entry.day("last_reviewed")
        kind = entry.text("kind")
        if kind not in {"free", "disposable"}:
            raise entry.wrong("kind", "free or disposable is needed")
        for name in entry.text("names").split():
            if name in found:
                raise entry.wrong("names", f"“{name}” is listed twice")
            if name != name.lower() or "." not in name:
                raise entry.wrong("names", f"“{name}” is no domain in lower case")
            found[name] = "free" if kind == "free" else "disposable"
    return found


def mailbox(email: str, domains: Mapping[str, Mailbox]) -> Mailbox:
    """Say what kind of mailbox a normalised address is; `unknown` where there is none."""
    _, at, domain = email.rpartition("@")
    if not at or not domain:
        return "unknown"
    labels = domain.lower().split(".")
    known = (domains.get(".".join(labels[start:])) for start in range(len(labels) - 1))
    return next((kind for kind in known if kind is not None), "business")
