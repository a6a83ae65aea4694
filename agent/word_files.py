"""Reads `prompts/` from disk into checked values: sequences, messages, alerts, frames and model prompts.

It promises that every file is there, is what its format says, and agrees with the others (one sequence per intent). Or
it raises `WordsError` with file, key path and reason. Whether the words fit their channels is `agent.words`' business.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.rules.sequences import Sequence, SequenceError, sequence_from_dict
from integrations.language_model import Intent

SEQUENCES = ("new-buyer", "new-seller", "new-renter", "new-unknown", "aged-lead")
MESSAGES = ("showing-ack", "bot-answer", "help-answer", "stop-confirmation")
ALERTS = ("hot-lead", "todo-due", "escalation", "new-lead", "offer", "your-lead", "unclaimed")
EMAIL_ONLY = frozenset({"new-lead"})
TEXT_ONLY = frozenset({"stop-confirmation"})
"""What goes out on one channel alone, and so has no part for the other."""

PROMPTS = ("read-reply",)
FRAMES = (
    "sms-intro", "sms-stop", "sms-signature",
    "email-signature", "email-consent", "email-marketing", "email-footer", "text-consent",
)  # fmt: skip
"""Lines that stand around other texts: who writes, how to stop, where the office is; and what the consent page asks."""

_VERSION = re.compile(r"version: ([1-9]\d*)\n\n?(.*)", re.DOTALL)
_PARTS: dict[str, dict[str, type]] = {
    "sms": {"body": str},
    "email": {"subject": str, "body": str},
}
_OPTIONAL: dict[str, dict[str, type]] = {"email": {"footer": bool}}


class WordsError(Exception):
    """Something in `prompts/` cannot be used: which file, where in it (may be empty), and why."""

    def __init__(self, *, file: str, key_path: str, reason: str) -> None:
        self.file = file
        self.key_path = key_path
        self.reason = reason
        super().__init__(": ".join(part for part in (file, key_path, reason) if part))


@dataclass(frozen=True, slots=True)
class ModelPrompt:
    """The system prompt of one model task. `version` goes up when its meaning changes."""

    name: str
    version: int
    text: str
    text_hash: str


@dataclass(frozen=True, slots=True)
class Text:
    """One text with its blanks. `footer` says whether an email carries signature, address and unsubscribe link."""

    subject: str
    body: str
    footer: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WordFiles:
    """All of `prompts/`. Texts are keyed by name and channel, `("hot-lead", "sms")`."""

    sequences: Mapping[str, Sequence]
    messages: Mapping[tuple[str, str], Text]
    alerts: Mapping[tuple[str, str], Text]
    frames: Mapping[str, str]
    prompts: Mapping[str, ModelPrompt]


def read_files(root: Path) -> WordFiles:
    """Read everything below `root`. Raises `WordsError` at the first thing wrong."""
    return WordFiles(
        sequences=_sequences(root),
        messages=_tables(root, "messages", MESSAGES),
        alerts=_tables(root, "alerts", ALERTS),
        frames={name: _frame(root, f"messages/{name}.txt") for name in FRAMES},
        prompts={name: _prompt(root, name) for name in PROMPTS},
    )


def _sequences(root: Path) -> dict[str, Sequence]:
    found: dict[str, Sequence] = {}
    taken: dict[Intent, str] = {}
    for path in sorted((root / "sequences").glob("*.toml")):
        file = f"sequences/{path.name}"
        try:
            sequence = sequence_from_dict(_toml(root, file))
        except SequenceError as error:
            raise WordsError(file=file, key_path=error.key_path, reason=error.reason) from error
        if sequence.key != path.stem:
            raise WordsError(file=file, key_path="key", reason=f"must be the file's name, {path.stem!r}")
        for intent in sequence.intents:
            if intent in taken:
                raise WordsError(file=file, key_path="intents", reason=f"{intent} already starts {taken[intent]!r}")
            taken[intent] = sequence.key
        found[sequence.key] = sequence
    for key in SEQUENCES:
        if key not in found:
            raise WordsError(file=f"sequences/{key}.toml", key_path="", reason="is missing")
    if Intent.UNCLEAR not in taken:
        raise WordsError(file="sequences", key_path="intents", reason=f"no sequence takes {Intent.UNCLEAR!s}")
    return found


def _tables(root: Path, folder: str, names: tuple[str, ...]) -> dict[tuple[str, str], Text]:
    texts: dict[tuple[str, str], Text] = {}
    for name in names:
        data = _table(
            root, f"{folder}/{name}.toml", without="sms" if name in EMAIL_ONLY else "email" * (name in TEXT_ONLY)
        )
        if sms := data.get("sms"):
            texts[name, "sms"] = Text("", sms["body"].strip(), footer=False)
        if email := data.get("email"):
            footer = email.get("footer", True)
            texts[name, "email"] = Text(email["subject"].strip(), email["body"].strip(), footer=footer)
    return texts


def _table(root: Path, file: str, *, without: str) -> dict[str, Any]:
    """Read a message or an alert: a title, an `[sms]` body and an `[email]` with a subject, or only one of the two."""
    data = _toml(root, file)
    parts = {part: keys for part, keys in _PARTS.items() if part != without}
    _check(file, "", data, {"title": str, **dict.fromkeys(parts, dict)}, {})
    for part, keys in parts.items():
        _check(file, f"{part}.", data[part], keys, _OPTIONAL.get(part, {}))
    return data


def _check(file: str, path: str, table: dict[str, Any], needed: dict[str, type], optional: dict[str, type]) -> None:
    allowed = needed | optional
    for key in table:
        if key not in allowed:
            raise WordsError(file=file, key_path=path + key, reason=f"is not allowed; allowed: {', '.join(allowed)}")
    for key, kind in allowed.items():
        value = table.get(key)
        if key in optional and value is None:
            continue
        if not isinstance(value, kind) or (isinstance(value, str) and not value.strip()):
            what = {dict: "a table", bool: "true or false"}.get(kind, "a text that is not empty")
            raise WordsError(file=file, key_path=path + key, reason=f"must be {what}")


def _frame(root: Path, file: str) -> str:
    text = _read(root, file).strip()
    if not text:
        raise WordsError(file=file, key_path="", reason="is empty")
    return text


def _prompt(root: Path, name: str) -> ModelPrompt:
    file = f"model/{name}.md"
    match = _VERSION.fullmatch(_read(root, file))
    if match is None or not match[2].strip():
        raise WordsError(file=file, key_path="", reason='must begin with a line "version: 1", then the prompt')
    text = match[2].strip()
    return ModelPrompt(name, int(match[1]), text, hashlib.sha256(text.encode()).hexdigest())


def _toml(root: Path, file: str) -> dict[str, Any]:
    try:
        return tomllib.loads(_read(root, file))
    except tomllib.TOMLDecodeError as error:
        raise WordsError(file=file, key_path="", reason=f"is not TOML: {error}") from error


def _read(root: Path, file: str) -> str:
    try:
        return (root / file).read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise WordsError(file=file, key_path="", reason="is missing") from error
    except (OSError, UnicodeDecodeError) as error:
        raise WordsError(file=file, key_path="", reason=f"cannot be read: {error}") from error
