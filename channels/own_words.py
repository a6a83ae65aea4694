"""What a person wrote in a reply, apart from the earlier mail beneath it, signatures and phone footers.

This stands between our own footer ("Reply STOP…", quoted back by every mail program) and the opt-out rules, so in
doubt a line counts as quoted, and a person looks at a reply that has nothing left. Libraries for this hang for seconds
on a few kilobytes of `On a`; here every line looks at most six lines ahead and nothing looks back further than one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_BYTES = 8192
MAX_LINES = 200
_MAX_BODY = 128 * 1024
MAX_QUOTED = 32 * 1024
_SEEN = 400  # characters of a line that are looked at
_INTRO_LINES = 4
_BLOCK_LINES = 6
_WRAPPED_AT = 60
_NARROW = str.maketrans("\u00a0\u202f：", "  :")
"""French mail programs put a space that does not break before a colon, Chinese ones write a wide one."""

_INTRO_STARTS = ("on ", "el ", "le ", "am ", "em ", "il ")
_INTRO_ENDS = ("wrote:", "escribió:", "escribio\u0301:", "escribio:", "escreveu:", "a écrit :", "a écrit:", "scritto:")
_GERMAN_INTRO = re.compile(r"\bschrieb\b.{0,200}:$")
_RULED = re.compile(r"[-_=*]{5,}")
_ORIGINAL = re.compile(
    r"-{2,} ?(?:original message|original appointment|forwarded message|mensaje original|mensaje reenviado|"
    r"message d'origine|ursprüngliche nachricht|mensagem original|on .{1,200} wrote) ?-*"
)
_BEGIN_FORWARDED = ("begin forwarded message:", "inicio del mensaje reenviado:")
# English, Spanish, French, German, Portuguese, Italian, Dutch, Polish, Scandinavian, Russian, Vietnamese, Chinese,
# Korean, Japanese.
_FROM = frozenset({"from", "de", "von", "da", "van", "od", "från", "fra", "от", "từ", "发件人", "寄件者", "보낸 사람",
                   "差出人"})  # fmt: skip
_SUBJECT = frozenset({"subject", "asunto", "betreff", "objet", "assunto", "oggetto", "onderwerp", "temat", "ämne",
                      "emne", "тема", "chủ đề", "主题", "主旨", "제목", "件名"})  # fmt: skip
_WHEN_OR_TO = frozenset({"sent", "date", "to", "enviado", "enviado el", "fecha", "para", "gesendet", "datum", "an", "à",
                         "envoyé", "date d'envoi", "data", "enviada em", "a", "verzonden", "aan", "wysłano", "do",
                         "skickat", "till", "sendt", "til", "отправлено", "дата", "кому", "đã gửi", "tới", "发送时间",
                         "收件人", "寄件日期", "收件者", "보낸 날짜", "받는 사람", "送信日時", "宛先"})  # fmt: skip
_PHONE = re.compile(
    r"(?:sent from my|enviado desde mi|envoyé de mon|von meinem) "
    r"(?:iphone|ipad|ipod|android|galaxy|samsung|pixel|phone|mobile|blackberry|smartphone|tablet|t-mobile|verizon|"
    r"at&t|moto|lg|huawei|xiaomi|oneplus)"
    r"(?:[ ,-]{1,2}(?:samsung|galaxy|android|pro|max|plus|mini|ultra|mobile|phone|device|smartphone|handheld|tablet|"
    r"fold|flip|note|tab|lte|wireless|[a-z]?[0-9][0-9a-z]{0,3})){0,5}(?: gesendet)?[.!]?"
)
_APP = re.compile(
    r"(?:(?:get|obtener|descargar) outlook (?:for|para)|sent (?:from|with|via)(?: the)? (?:yahoo mail|mail|"
    r"outlook|proton mail|gmail mobile|aol|samsung galaxy)(?: for| on)?|"
    r"yahoo mail: search, organize, conquer|enviado desde (?:outlook|yahoo mail|correo)(?: para)?)"
    r"(?: (?:ios|android|mac|iphone|windows|mobile|smartphone))?(?: [0-9]{1,2})?(?:, an .{1,40} smartphone)?"
    r"[.!]?(?: ?[<(\[]{0,2}https?://\S{1,150})?"
)


@dataclass(frozen=True, slots=True)
class OwnWords:
    """`text` is what the sender wrote now, `quoted` everything taken away from it. Either may be empty."""

    text: str
    quoted: str


def split(body: str) -> OwnWords:
    """Sort the lines of a plain-text body, from top to bottom.

    1. A line that begins with `>` is quoted, and so is the piece of it that a mail program wrapped onto the next line.
    2. "On … wrote:" (up to four lines, with a digit in it) is quoted; with no `>` after it, so is everything below.
    3. "-----Original Message-----", "Begin forwarded message:" and a From/Sent/Subject block quote everything below.
    4. After a signature mark `-- ` (RFC 3676 §4.3) lines are quoted until a `>` line ends it.
    5. "Sent from my iPhone" and its kin are taken out, alone.
    6. The rest is the sender's own, to 200 lines and 8 KiB; what exceeds that counts as quoted.
    """
    lines = _without_blank_runs(body[:_MAX_BODY])
    own: list[str] = []
    quoted: list[str] = []
    in_signature = False
    i = 0
    while i < len(lines):
        line = lines[i]
        if _is_quoted(line):
            in_signature = False
            _give_back_intro(own, quoted)
            quoted.append(line)
            if _wraps_onto(line, lines[i + 1 : i + 2]):
                i += 1
                quoted.append(lines[i])
        elif (end := _intro_end(lines, i)) is not None:
            below = next((below for below in lines[end : end + 2] if below), "")
            if not _is_quoted(below):
                quoted += lines[i:]
                break
            quoted += lines[i:end]
            i = end
            continue
        elif _cuts(lines, i):
            quoted += lines[i:]
            break
        elif line == "--":
            in_signature = True
            quoted.append(line)
        elif in_signature or _is_footer(line):
            quoted.append(line)
        else:
            own.append(line)
        i += 1
    text, rest = _capped("\n".join(_without_rules_at_the_end(own)).strip("\n"))
    return OwnWords(text, "\n".join((rest, *quoted)).strip("\n")[:MAX_QUOTED])


def _without_blank_runs(body: str) -> list[str]:
    """Trim line ends and keep one blank line of each run, so that blank lines cannot use up the caps."""
    lines: list[str] = []
    for raw in body.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        line = raw.rstrip()
        if line or (lines and lines[-1]):
            lines.append(line)
    return lines


def _is_quoted(line: str) -> bool:
    return line[:_SEEN].lstrip().startswith(">")


def _wraps_onto(line: str, below: list[str]) -> bool:
    """A long quoted line without an end, directly followed by an unmarked one, was broken in two on its way."""
    return bool(
        below and below[0] and not _is_quoted(below[0]) and len(line) >= _WRAPPED_AT and line[-1] not in ".?!:;\"')>"
    )


def _intro_end(lines: list[str], i: int) -> int | None:
    """Give the index after an "On … wrote:" that begins at line i, or None."""
    if not lines[i][:_SEEN].lstrip(" *").casefold().startswith(_INTRO_STARTS):
        return None
    dated = False
    for end in range(i, min(i + _INTRO_LINES, len(lines))):
        line = lines[end]
        if not line:
            return None
        dated = dated or any(c.isdigit() for c in line[:_SEEN])
        tail = line[-_SEEN:].translate(_NARROW).rstrip(" *").casefold()
        if dated and (tail.endswith(_INTRO_ENDS) or _GERMAN_INTRO.search(tail)):
            return end + 1
    return None


def _give_back_intro(own: list[str], quoted: list[str]) -> None:
    """Move a line such as "2026-07-07 10:00 GMT Ann <ann@example.com>:" that leads into a quotation to it."""
    at = len(own) - 1
    if at >= 0 and not own[at]:
        at -= 1
    if at >= 0 and own[at].endswith(":") and "@" in own[at][-_SEEN:]:
        quoted.append(own.pop(at))


def _cuts(lines: list[str], i: int) -> bool:
    """Say whether everything from line i on is an earlier message."""
    line = " ".join(lines[i][:_SEEN].casefold().split())
    if _ORIGINAL.fullmatch(line) or line in _BEGIN_FORWARDED:
        return True
    if _label(lines[i]) not in _FROM:
        return False
    labels = {_label(below) for below in lines[i + 1 : i + 1 + _BLOCK_LINES]}
    return bool(labels & _SUBJECT) and bool(labels & _WHEN_OR_TO)


def _label(line: str) -> str:
    head, colon, _ = line[:30].translate(_NARROW).lstrip(" *").partition(":")
    return head.rstrip(" *").casefold() if colon else ""


def _is_footer(line: str) -> bool:
    if len(line) > 200:
        return False
    words = " ".join(line.casefold().split())
    return bool(_PHONE.fullmatch(words) or _APP.fullmatch(words))


def _without_rules_at_the_end(own: list[str]) -> list[str]:
    while own and (not own[-1] or _RULED.fullmatch(own[-1][:_SEEN])):
        own.pop()
    return own


def _capped(text: str) -> tuple[str, str]:
    """Cut own words at 200 lines, then at 8 KiB, never inside a character; give what was kept and the rest."""
    kept = "\n".join(text.split("\n")[:MAX_LINES])
    kept = kept.encode("utf-8", "replace")[:MAX_BYTES].decode("utf-8", "ignore")
    return kept, text[len(kept) :]
