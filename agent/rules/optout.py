"""Whether somebody asks to be left alone, in their own words.

Promises STOP for what a reasonable person reads as a wish not to be contacted (47 CFR 64.1200(a)(10)) and DOUBT for
what may be one: then everything is paused and a human is asked. It is deterministic, runs before any model, and a
reading may raise its answer but never lower it. The words it knows are data; the caller hands over the lead's own
words, with quoted mail cut off, and has asked `auto_texts` whether a machine wrote them.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

_HEAD, _TAIL = 2000, 1000  # characters looked at; a longer text keeps its beginning and its end
_SENTENCE_ENDS = frozenset(".!?;\n\r…。！？")
_APOSTROPHES = frozenset("'’‘`´ʼ")
_QUOTED = re.compile(r"[“\"][^“”\"]{0,1500}[”\"]")
# A phone's "reaction" quotes our own text back at us, footer and all.
_REACTION = re.compile(
    r"\W{0,3}(?:liked|loved|disliked|laughed at|emphasi[sz]ed|questioned|reacted \S{1,12} to"
    r"|removed an? [a-z ]{1,24} from|le gusto|le encanto|se rio de) [“\"]"
)


_Phrases = tuple[re.Pattern[str], ...]


class Signal(StrEnum):
    """What a message says about being written to."""

    STOP = "stop"
    WRONG_PERSON = "wrong_person"
    DOUBT = "doubt"
    START = "start"
    HELP = "help"
    NONE = "none"


def signal(text: str) -> Signal:
    """Judge a message by the lead's own words, in time linear in its (capped) length.

    1. A phone's reaction to one of our texts is not the lead's words: NONE. What stands in quotation marks does not
       count either, unless nothing else is there.
    2. The whole message is a keyword, apart from case, spacing, punctuation, emoji, slips and courtesies.
    3. Phrases with another meaning ("stop by", "don't stop") are cut out.
    4. A sure phrase is STOP; with a limit, a condition or another channel in it, DOUBT. So is one that says we have the
       wrong person, which is an answer of its own: that address is closed, but the person we meant asked for nothing.
    5. A keyword that is a sentence of its own is STOP beside words that agree with it, else DOUBT, as is every other
       trace of a wish to stop.
    """
    if len(text) > _HEAD + _TAIL:
        text = f"{text[:_HEAD]}\n{text[-_TAIL:]}"
    if _REACTION.match(_plain(text[:80])):
        return Signal.NONE
    unquoted = _QUOTED.sub(" ", text)
    rules = _rules()
    words = _words(unquoted if any(c.isalnum() for c in unquoted) else text, rules)
    if found := _keyword(text, words, rules):
        return found
    rest = f" {words} . "
    for pattern in rules.innocent:
        rest = pattern.sub(" ~ ", rest)
    return _phrase(rest, rules) or _lone_keyword(rest, rules) or _trace(rest, rules)


def in_email(subject: str, body: str) -> Signal:
    """Judge an email by its subject (one of the lead's own, not an answer to ours) and body: the stronger one counts.

    A subject may stop everything, but START and HELP are asked for by one only where the body is empty; and a weak
    keyword ("Cancel") over a body with words of its own is a DOUBT.
    """
    bare = own_subject(subject)
    said, headed = signal(body), signal(bare)
    if not any(c.isalnum() for c in body):
        return headed
    if headed in {Signal.START, Signal.HELP}:
        headed = Signal.NONE
    if headed is Signal.STOP and _words(bare, _rules()).strip(" .") in _rules().weak:
        headed = Signal.DOUBT
    return min(said, headed, key=_STRONGEST_FIRST.index)


def own_subject(subject: str) -> str:
    """Take "Re:", "Fwd:" and their kin off a subject, and fold case and spaces, so that two can be compared."""
    return _ANSWERED.sub("", " ".join(subject.split())).casefold()


def less_ours(subject: str, ours: Iterable[str]) -> str:
    """Take subjects of ours out of one that came back, whatever stands around them (`[EXTERNAL] Re: …`)."""
    theirs = own_subject(subject)
    for each in sorted(filter(None, map(own_subject, ours)), key=len, reverse=True):
        theirs = re.sub(rf"(?<!\w){re.escape(each)}(?!\w)", " ", theirs)
    return theirs.strip()


_STRONGEST_FIRST = tuple(Signal)
_ANSWERED = re.compile(r"\b(?:(?:re|fwd?|aw|wg|sv|rv|res|enc|tr)(?:\[\d+\])?\s*:\s*)+", re.IGNORECASE)


def plain_words(text: str) -> str:
    """Write a text as the tables are written: no case, accents or emoji, one space, " . " between sentences."""
    return _words(text, _rules())


@dataclass(frozen=True, slots=True)
class _Rules:
    short: Mapping[str, str]
    stop: frozenset[str]
    start: frozenset[str]
    help: frozenset[str]
    perhaps: frozenset[str]
    weak: frozenset[str]
    courtesy: re.Pattern[str]
    innocent: tuple[re.Pattern[str], ...]
    sure: tuple[re.Pattern[str], ...]
    wrong: tuple[re.Pattern[str], ...]
    whole: re.Pattern[str]
    doubt: re.Pattern[str]
    limits: re.Pattern[str]
    another_way: re.Pattern[str]
    conditions: re.Pattern[str]
    threats: re.Pattern[str]
    beside: re.Pattern[str]


@cache
def _rules() -> _Rules:
    table = tomllib.loads(files("agent.rules").joinpath("data", "optout.toml").read_text("utf-8"))
    keywords, phrases, parts = table["keywords"], table["phrases"], table["parts"]

    def pattern(text: str) -> str:
        return re.sub("<([a-z]+)>", lambda part: pattern(parts[part[1]]), text)

    def any_of(name: str, *, before: str = "", after: str = "") -> re.Pattern[str]:
        return re.compile(f"{before}(?:{'|'.join(pattern(text) for text in phrases[name])}){after}")

    courtesy = "|".join(sorted(keywords["courtesy"], key=len, reverse=True))
    return _Rules(
        short=table["short"],
        stop=frozenset(keywords["stop"]) | frozenset(keywords["slips"]),
        start=frozenset(keywords["start"]),
        help=frozenset(keywords["help"]),
        perhaps=frozenset(keywords["perhaps"]),
        weak=frozenset(keywords["weak"]),
        courtesy=re.compile(rf"\b(?:{courtesy})\b"),
        innocent=tuple(re.compile(pattern(text)) for text in phrases["innocent"]),
        sure=tuple(re.compile(rf"\b{pattern(text)}\b") for text in phrases["sure"]),
        wrong=tuple(re.compile(rf"\b{pattern(text)}\b") for text in phrases["wrong"]),
        whole=any_of("whole"),
        doubt=any_of("doubt", before=r"\b"),
        limits=any_of("limits", before=r"\b"),
        another_way=any_of("another_way"),
        conditions=any_of("conditions"),
        threats=any_of("threats"),
        beside=any_of("beside"),
    )


def _keyword(text: str, words: str, rules: _Rules) -> Signal | None:
    whole = words.replace(" . ", " ").strip(" .")
    if not whole:
        return Signal.DOUBT if any(sign in text for sign in rules.perhaps) else None
    joined = whole.replace(" ", "")
    for keywords, found in ((rules.stop, Signal.STOP), (rules.start, Signal.START), (rules.help, Signal.HELP)):
        if whole in keywords or (len(joined) <= 24 and _is_spelled(joined, whole, keywords)):
            return found
    if whole in rules.perhaps:
        return Signal.DOUBT
    word = _less_courtesy(whole, rules)
    if word in rules.stop and word not in rules.weak:
        return Signal.STOP
    return Signal.START if word in rules.start else None


def _less_courtesy(words: str, rules: _Rules) -> str:
    """Take the courtesies away from a short message; a keyword said twice or more is said once."""
    bare = rules.courtesy.sub(" ", words).split() if len(words) <= 80 else []
    return bare[0] if len(set(bare)) == 1 else " ".join(bare)


def _is_spelled(joined: str, whole: str, keywords: frozenset[str]) -> bool:
    """Tell whether a keyword was drawn out ("stoppp"), spaced ("S T O P") or has a nought for its o."""
    if " " in whole and any(len(word) > 1 for word in whole.split()):
        return False
    drawn = re.sub(r"(.)\1{2,}", r"\1", joined)
    return bool({drawn, joined.replace("0", "o"), re.sub(r"(.)\1+$", r"\1", joined)} & keywords)


def _phrase(rest: str, rules: _Rules) -> Signal | None:
    sentences = [sentence.strip() for sentence in rest.split(" . ")]
    if any(rules.whole.fullmatch(sentence) for sentence in sentences):
        return Signal.STOP
    found = [_judged(rest, sentences, phrases, rules) for phrases in (rules.sure, rules.wrong)]
    if Signal.STOP in found:
        return Signal.WRONG_PERSON if found[0] is None else Signal.STOP
    return Signal.DOUBT if Signal.DOUBT in found else None


def _judged(rest: str, sentences: list[str], phrases: _Phrases, rules: _Rules) -> Signal | None:
    """STOP where one of these phrases stands without limit, DOUBT where each has one, None where none stands."""
    hits = [
        _Hit(f" {sentence} ", hit.span())
        for sentence in sentences
        for hit in filter(None, (phrase.search(f" {sentence} ") for phrase in phrases))
    ]
    if not hits:
        return None
    others = rest
    for phrase in (*rules.sure, *rules.wrong):
        others = phrase.sub(" ~ ", others)
    if rules.another_way.search(others) or all(hit.limited(rules) for hit in hits):
        return Signal.DOUBT
    return Signal.STOP


@dataclass(frozen=True, slots=True)
class _Hit:
    """A sure phrase in its sentence."""

    sentence: str
    span: tuple[int, int]

    def limited(self, rules: _Rules) -> bool:
        """Tell whether the wish has a limit after it or hangs on a condition before it."""
        before, after = self.sentence[: self.span[0]], self.sentence[self.span[1] :]
        hangs = rules.conditions.search(before) and not rules.threats.search(before)
        return bool(hangs or rules.limits.search(after))


def _lone_keyword(rest: str, rules: _Rules) -> Signal | None:
    for sentence in rest.split(" . "):
        word = _less_courtesy(sentence.strip(), rules)
        if word in rules.stop:
            agrees = rules.beside.search(rest.replace(sentence, " ", 1)) and word not in rules.weak
            return Signal.STOP if agrees and not rules.another_way.search(rest) else Signal.DOUBT
    return None


def _trace(rest: str, rules: _Rules) -> Signal:
    return Signal.DOUBT if rules.doubt.search(rest) else Signal.NONE


def _plain(text: str) -> str:
    """Fold compatibility forms, case and accents; drop what cannot be seen."""
    folded = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in folded if not unicodedata.combining(c) and unicodedata.category(c) != "Cf")


def _words(text: str, rules: _Rules) -> str:
    """Write a message as words separated by one space, with " . " between sentences."""
    out: list[str] = []
    for c in _plain(text):
        if c.isalnum():
            out.append(c)
        elif c in _SENTENCE_ENDS:
            out.append(" . ")
        elif c == "&":
            out.append(" and ")
        elif c not in _APOSTROPHES:
            out.append(" ")
    words = " ".join(rules.short.get(word, word) for word in "".join(out).split())
    return re.sub(r"([a-z])\1{2,}", r"\1", words)
