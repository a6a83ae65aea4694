"""Loads, checks and renders everything Tend says: `prompts/` is data, this is its only reader.

`load` compiles all of it once and stops at the first thing wrong with file, key path and reason, so that a text which
renders at all is known to fit its channel. Rendering never parses a value: what a lead typed stays data. Who gets a
text, when, and whether it may be sent is decided elsewhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from agent.rules.sequences import Sequence, Step, content_hash, sequence_to_dict
from agent.rules.templates import (
    SUBJECT_CHARACTERS,
    TEXT_SEPTETS,
    TO_LEAD,
    TO_STAFF,
    Field,
    Template,
    TemplateError,
    fit_subject,
    fit_text,
    parse_template,
    tidy,
    worst_characters,
    worst_septets,
)
from agent.word_files import ModelPrompt, Text, WordFiles, WordsError, read_files
from channels.sms import fold

__all__ = ["ModelPrompt", "Rendered", "Words", "WordsError", "load"]

_KEPT = 4096
"""Compiled texts kept; far more than the shipped ones, so that pinned versions of many teams fit."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """One text ready to leave; `subject` is empty but for emails.

    `text_hash` is the SHA-256 of the exact words with their blanks, frames included: two messages with equal hashes
    were filled from the same words.
    """

    text_id: str
    text_hash: str
    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class _Form:
    """One text compiled with its frames. `must` are the blanks whose value cannot be missing."""

    text_hash: str
    subject: Template | None
    body: Template
    fields: tuple[Field, ...]
    must: tuple[str, ...]
    is_sms: bool


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a text stands, for errors."""

    file: str
    prefix: str = ""

    def error(self, key: str, reason: object) -> WordsError:
        return WordsError(file=self.file, key_path=self.prefix + key, reason=str(reason))


class Words:
    """All words of the installation, checked. Made by `load`; meant to be shared within one event loop."""

    def __init__(self, files: WordFiles) -> None:
        self.sequences: Mapping[str, Sequence] = MappingProxyType(dict(files.sequences))
        self.prompts: Mapping[str, ModelPrompt] = MappingProxyType(dict(files.prompts))
        self._files = files
        self._hashes = {key: content_hash(sequence_to_dict(found)) for key, found in files.sequences.items()}
        self._forms: dict[tuple[str, ...], _Form] = {}

    @property
    def written_messages(self) -> tuple[tuple[str, str], ...]:
        """Every message somebody wrote, with the channel it is for."""
        return tuple(self._files.messages)

    def hash_of(self, sequence_key: str) -> str:
        """Give the content hash of a shipped sequence; layout and comments of its file do not count."""
        return self._hashes[sequence_key]

    def render_step(
        self,
        step: Step,
        *,
        sequence_key: str,
        values: Mapping[str, str],
        first_text: bool,
        consent_link: str | None,
    ) -> Rendered:
        """Render a step of any version of a sequence: its own words are used, not the shipped ones.

        A text that is the `first_text` to this lead opens with who writes and ends with how to stop; later ones are
        signed. An email ends with a signature, an invitation to texts when there is a `consent_link`, office address
        and unsubscribe link. A call gives its task. Raises `WordsError` for unusable words or a missing value.
        """
        invites = bool(consent_link) and step.channel == "email"
        key = (
            step.channel,
            step.subject,
            step.body,
            step.task,
            "first" if first_text else "",
            "invites" if invites else "",
        )
        text_id = f"sequences/{sequence_key}/{step.id}"
        form = self._forms.get(key) or self._keep(
            key, lambda: self._step_form(step, first_text=first_text, invites=invites, place=_Place(text_id))
        )
        return _render(form, text_id, values, consent_link)

    def render_message(
        self, name: str, *, channel: str, values: Mapping[str, str], consent_link: str | None = None
    ) -> Rendered:
        """Render a message of `prompts/messages` for `sms` or `email`. Raises `KeyError` for one nobody wrote."""
        invites = bool(consent_link) and channel == "email"
        key = ("messages", name, channel, "invites" if invites else "")
        form = self._forms.get(key) or self._keep(key, lambda: self._message_form(name, channel, invites=invites))
        return _render(form, f"messages/{name}/{channel}", values, consent_link)

    def render_alert(self, name: str, *, channel: str, values: Mapping[str, str]) -> Rendered:
        """Render an alert of `prompts/alerts` to a person of the team. Raises `KeyError` for one nobody wrote."""
        key = ("alerts", name, channel)
        form = self._forms.get(key) or self._keep(key, lambda: self._alert_form(name, channel))
        return _render(form, f"alerts/{name}/{channel}", values, None)

    def footer(self, values: Mapping[str, str]) -> str:
        """Give what every marketing email ends with, a person's own too: the office and the way out (CAN-SPAM)."""
        return _parsed(self._files.frames["email-footer"], TO_LEAD, _Place("messages/email-footer.txt"), "").fill(
            values
        )

    def consent_wording(self, *, brokerage: str, last_four: str) -> str:
        """Give what a person agrees to on the consent page; it is kept with the consent exactly as it was shown.

        What it must say: 47 CFR 64.1200(f)(9).
        """
        frame = _parsed(self._files.frames["text-consent"], TO_LEAD, _Place("messages/text-consent.txt"), "")
        return frame.fill({"brokerage": brokerage, "last_four": last_four})

    def check_sequence(self, sequence: Sequence, *, file: str) -> None:
        """Compile all texts of a sequence in their frames. Raises `WordsError` naming `file` for the first bad one."""
        for index, step in enumerate(sequence.steps):
            place = _Place(file, f"steps[{index}].")
            for switch in (True, False):
                self._step_form(step, first_text=switch, invites=switch, place=place)

    def check_messages(self) -> None:
        """Compile every message and alert in all its frames. Raises `WordsError` at the first bad one."""
        for name, channel in self._files.messages:
            for invites in (True, False):
                self._message_form(name, channel, invites=invites)
        for name, channel in self._files.alerts:
            self._alert_form(name, channel)

    def _step_form(self, step: Step, *, first_text: bool, invites: bool, place: _Place) -> _Form:
        text = Text(step.subject, step.body or step.task, footer=step.channel == "email")
        _parsed(text.body, TO_STAFF if step.channel == "call" else TO_LEAD, place, "task" if step.task else "body")
        if step.channel == "call":
            return _form(text, "call", allowed=TO_STAFF, place=place)
        frames = self._files.frames
        if step.channel == "email":
            body = self._framed(text, invites=invites, marketing=True)
        elif first_text:
            body = f"{frames['sms-intro']} {text.body} {frames['sms-stop']}"
        else:
            body = f"{text.body} {frames['sms-signature']}"
        return _form(Text(text.subject, body, footer=False), step.channel, allowed=TO_LEAD, place=place)

    def _message_form(self, name: str, channel: str, *, invites: bool) -> _Form:
        text = self._files.messages[name, channel]
        place = _Place(f"messages/{name}.toml", f"{channel}.")
        _parsed(text.body, TO_LEAD, place, "body")
        body = self._framed(text, invites=invites, marketing=False) if text.footer else text.body
        return _form(Text(text.subject, body, footer=False), channel, allowed=TO_LEAD, place=place)

    def _alert_form(self, name: str, channel: str) -> _Form:
        text = self._files.alerts[name, channel]
        return _form(text, channel, allowed=TO_STAFF, place=_Place(f"alerts/{name}.toml", f"{channel}."))

    def _framed(self, text: Text, *, invites: bool, marketing: bool) -> str:
        frames = self._files.frames
        foot = (
            ("--", frames["email-marketing"], frames["email-footer"]) if marketing else ("--", frames["email-footer"])
        )
        parts = [text.body, frames["email-signature"], "\n".join(foot)]
        if invites:
            parts.insert(2, frames["email-consent"])
        return "\n\n".join(parts)

    def _keep(self, key: tuple[str, ...], compile_form: Callable[[], _Form]) -> _Form:
        if len(self._forms) >= _KEPT:
            self._forms.clear()
        form = self._forms[key] = compile_form()
        return form


def load(root: Path | None = None) -> Words:
    """Read and check all of `prompts/` (or of `root`). Raises `WordsError` at the first thing wrong."""
    files = read_files(root or Path(__file__).resolve().parents[1] / "prompts")
    for name, frame in files.frames.items():
        _parsed(frame, TO_LEAD, _Place(f"messages/{name}.txt"), "")
    words = Words(files)
    for key, sequence in words.sequences.items():
        words.check_sequence(sequence, file=f"sequences/{key}.toml")
    words.check_messages()
    return words


def _parsed(source: str, allowed: frozenset[str], place: _Place, key: str) -> Template:
    try:
        return parse_template(source, allowed=allowed)
    except TemplateError as error:
        raise place.error(key, error) from error


def _form(text: Text, channel: str, *, allowed: frozenset[str], place: _Place) -> _Form:
    is_sms = channel == "sms"
    body = _parsed(fold(text.body) if is_sms else text.body, allowed, place, "body")
    if is_sms:
        try:
            worst = worst_septets(body)
        except TemplateError as error:
            raise place.error("body", error) from error
        if worst > TEXT_SEPTETS:
            raise place.error("body", f"may take {worst} septets with its frames; two segments hold {TEXT_SEPTETS}")
    subject: Template | None = None
    if channel == "email":
        subject = _parsed(text.subject, allowed, place, "subject")
        if "\n" in text.subject:
            raise place.error("subject", "has more than one line")
        if (worst := worst_characters(subject)) > SUBJECT_CHARACTERS:
            raise place.error("subject", f"may take {worst} characters; {SUBJECT_CHARACTERS} are allowed")
    blanks = body.blanks + (subject.blanks if subject else ())
    return _Form(
        text_hash=hashlib.sha256(f"{channel}\n{text.subject}\n{body.source}".encode()).hexdigest(),
        subject=subject,
        body=body,
        fields=tuple(dict.fromkeys(blank.field for blank in blanks)),
        must=tuple(dict.fromkeys(b.field.name for b in blanks if not b.fallback and not b.field.nullable)),
        is_sms=is_sms,
    )


def _render(form: _Form, text_id: str, values: Mapping[str, str], consent_link: str | None) -> Rendered:
    if consent_link:
        values = {**values, "consent_link": consent_link}
    tidied = {field.name: tidy(field, values.get(field.name, ""), one_line=form.is_sms) for field in form.fields}
    for name in form.must:
        if not tidied[name]:
            raise WordsError(file=text_id, key_path=name, reason="has no value, and the text has no fallback for it")
    return Rendered(
        text_id,
        form.text_hash,
        fit_subject(form.subject, tidied) if form.subject else "",
        fit_text(form.body, tidied) if form.is_sms else form.body.fill(tidied),
    )
