"""A stand-in for Twilio's REST API over one invented account: what it took, what it lists, and what it tells later.

It plays the vendor's part honestly: it counts every message whose body it took, a doubled one each time, whatever was
answered then. Some errors come by magic numbers, as Twilio's test credentials have them, everything else by script. It
pushes nothing by itself: `callbacks` gives signed posts, which the caller sends in order, reordered or twice. HTTP is
left to `twilio_server`.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qs, urlsplit

from channels.sms import segments
from channels.standins.twilio import signed_form
from channels.standins.twilio_console import Console

Record = dict[str, Any]

MAGIC = {
    "+15005550101": 21211,
    "+15005550102": 21612,
    "+15005550103": 21408,
    "+15005550104": 21610,
    "+15005550109": 21614,
}
"""Numbers that always fail, much as with Twilio's test credentials, and the error each gives."""

_MOST_WORDS = 1600


class Behaviour(StrEnum):
    """What it does with one posted message, other than take it and say so."""

    TAKES = "takes"
    BUSY = "busy"
    FAILS = "fails"
    FAILS_TAKEN = "fails taken"
    HANGS = "hangs"
    HANGS_TAKEN = "hangs taken"
    BREAKS_OFF = "breaks off"
    GIBBERISH = "gibberish"


LOSES_ITS_ANSWER = frozenset({Behaviour.FAILS_TAKEN, Behaviour.HANGS_TAKEN, Behaviour.BREAKS_OFF, Behaviour.GIBBERISH})
"""It took the message, and the caller cannot know."""


@dataclass(frozen=True, slots=True)
class Push:
    """One signed post to a status callback: the address as Twilio calls it, its body and headers."""

    url: str
    body: bytes
    headers: dict[str, str]

    @property
    def path(self) -> str:
        """Path and query alone, for a server that is reached at another address than the public one."""
        parts = urlsplit(self.url)
        return f"{parts.path}?{parts.query}" if parts.query else parts.path


@dataclass(frozen=True, slots=True)
class HeldMedia:
    """A file that came with a text, as the account holds it; with `moved_to`, it sends whoever asks on to there."""

    kind: str
    content: bytes = b""
    moved_to: str = ""
    status: int = 200


@dataclass(eq=False)
class TwilioAccount:
    """One account. `posts` counts every post that came, taken or not; `taken` is every message taken, in order.

    `variables` are the blanks of templates, as JSON; `console` is what the account shows when it is looked at.
    `variables` are the blanks of templates, as JSON; `media` what came with texts, by its id, and `asked` each time
    one of them was asked for, with the login or without.
    """

    clock: Callable[[], datetime]
    sid: str = "AC" + "0" * 31 + "1"
    token: str = "a token that opens nothing"  # noqa: S105 - invented
    posts: int = 0
    taken: list[Record] = field(default_factory=list)
    variables: list[str] = field(default_factory=list)
    console: Console = field(default_factory=Console)
    media: dict[str, HeldMedia] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    _script: deque[Behaviour | int] = field(default_factory=deque)
    _callbacks: dict[str, str] = field(default_factory=dict)

    def script(self, *answers: Behaviour | int) -> None:
        """Queue answers for the posts to come; a number is one of Twilio's error codes."""
        self._script.extend(answers)

    def next_answer(self) -> Behaviour | int:
        """What the script says of this post."""
        self.posts += 1
        return self._script.popleft() if self._script else Behaviour.TAKES

    def refusal(self, form: Mapping[str, list[str]]) -> int | None:
        """The error a form deserves, if any."""
        given = {name: values[0] for name, values in form.items() if values}
        if not given.get("To"):
            return 21604
        if not (given.get("From") or given.get("MessagingServiceSid")):
            return 21603
        if not (given.get("Body") or given.get("MediaUrl") or given.get("ContentSid")):
            return 21602
        if len(given.get("Body", "")) > _MOST_WORDS:
            return 21617
        return MAGIC.get(given["To"].removeprefix("whatsapp:"))

    def take(self, form: Mapping[str, list[str]]) -> Record:
        """Take one message and give it as Twilio shows it."""
        given = {name: values[0] for name, values in form.items() if values}
        service = given.get("MessagingServiceSid")
        media = form.get("MediaUrl", [])
        sid = f"{'MM' if media else 'SM'}{len(self.taken) + 1:032x}"
        now = format_datetime(self.clock())
        words = given.get("Body", "")
        path = f"/2010-04-01/Accounts/{self.sid}/Messages/{sid}"
        made = {
            "account_sid": self.sid,
            "api_version": "2010-04-01",
            "body": words or f"[template {given.get('ContentSid', '')}]",
            "date_created": now,
            "date_sent": None,
            "date_updated": now,
            "direction": "outbound-api",
            "error_code": None,
            "error_message": None,
            "from": given.get("From"),
            "messaging_service_sid": service,
            "num_media": str(len(media)),
            "num_segments": "0" if service else str(segments(words).count),
            "price": None,
            "price_unit": None,
            "sid": sid,
            "status": "accepted" if service else "queued",
            "subresource_uris": {"media": f"{path}/Media.json"},
            "to": given["To"],
            "uri": f"{path}.json",
        }
        self.taken.append(made)
        self._callbacks[sid] = given.get("StatusCallback", "")
        if "ContentVariables" in given:
            self.variables.append(given["ContentVariables"])
        return made

    def hold(self, held: HeldMedia) -> str:
        """Hold a file, and give its address as Twilio's webhook names it."""
        media = f"ME{len(self.media) + 1:032x}"
        self.media[media] = held
        return f"https://api.twilio.com/2010-04-01/Accounts/{self.sid}/Messages/MM{'0' * 32}/Media/{media}"

    def listed(self, *, to: str | None, sender: str | None, page_size: int) -> Record:
        """One page of the list, newest first."""
        found = [each for each in reversed(self.taken) if to in {None, each["to"]} and sender in {None, each["from"]}]
        here = f"/2010-04-01/Accounts/{self.sid}/Messages.json?PageSize={page_size}&Page=0"
        return {
            "messages": found[:page_size],
            "first_page_uri": here,
            "next_page_uri": here.replace("Page=0", "Page=1") if len(found) > page_size else None,
            "previous_page_uri": None,
            "page": 0,
            "page_size": page_size,
            "start": 0,
            "end": max(0, min(len(found), page_size) - 1),
            "uri": here,
        }

    def received(self) -> list[tuple[str, str]]:
        """Every message taken, as our id (from its status callback) and the number."""
        return [(self.our_id(each["sid"]), each["to"]) for each in self.taken]

    def our_id(self, sid: str) -> str:
        """Our own id of a message, which only its status callback carries."""
        return parse_qs(urlsplit(self._callbacks.get(sid, "")).query).get("m", [""])[0]

    @property
    def doubled(self) -> int:
        """How many messages came under an id that had come before."""
        return sum(many - 1 for our_id, many in Counter(our_id for our_id, _ in self.received()).items() if our_id)

    def callbacks(
        self, sid: str, statuses: Sequence[str], *, error_code: int | None = None, token: str = ""
    ) -> list[Push]:
        """Signed posts that tell of a message's statuses, the error on the last; none where no address was given.

        `token` signs them instead of the account's own.
        """
        url = self._callbacks[sid]
        message = next(each for each in self.taken if each["sid"] == sid)
        pushes = []
        for number, status in enumerate(statuses, 1):
            message["status"] = status
            fields = {
                "MessageSid": sid,
                "SmsSid": sid,
                "MessageStatus": status,
                "SmsStatus": status,
                "To": message["to"],
                "From": message["from"] or "+15125550199",
                "AccountSid": self.sid,
                "ApiVersion": "2010-04-01",
                "RawDlrDoneDate": "",
            }
            if error_code is not None and number == len(statuses):
                message["error_code"] = error_code
                fields |= {"ErrorCode": str(error_code), "ErrorMessage": f"error {error_code} of {message['to']}"}
            if url:
                body, headers = signed_form(token or self.token, url, fields)
                pushes.append(Push(url, body, headers))
        return pushes
