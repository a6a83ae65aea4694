"""How pages write instants, spans, numbers and files: in the lead's own zone, as a person would say it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from agent.rules.local_time import place
from agent.store.attachments import Attachment
from channels.attached import SHOWN_SMALL, safe_name

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def when(moment: datetime, now: datetime, zone: str) -> str:
    """An instant on a clock in `zone`: `8:41`, `yesterday 17:20`, `Tue 17:20`, `9 Nov 8:41`, `9 Nov 2025`."""
    local, today = moment.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone)).date()
    clock = f"{local.hour}:{local:%M}"
    days = (local.date() - today).days
    if days == 0:
        return f"today {clock}"
    if days in {-1, 1}:
        return f"{'tomorrow' if days > 0 else 'yesterday'} {clock}"
    if abs(days) < 7:
        return f"{local:%a} {clock}"
    return f"{local.day} {local:%b} {clock}" if local.year == now.year else f"{local.day} {local:%b %Y}"


def day(moment: datetime, zone: str) -> str:
    """A date in `zone`: `Mon 9 Nov`."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local:%a} {local.day} {local:%b}"


def ago(moment: datetime, now: datetime) -> str:
    """How long ago: `just now`, `4 min`, `2 h`, `12 days`."""
    return span(now - moment) if now - moment >= timedelta(minutes=1) else "just now"


def due(moment: datetime, now: datetime) -> str:
    """How far a due time is: `due in 12 min`, `4 h overdue`, `due now`."""
    left = moment - now
    if abs(left) < timedelta(minutes=1):
        return "due now"
    return f"due in {span(left)}" if left > timedelta() else f"{span(-left)} overdue"


def left(moment: datetime, now: datetime) -> str:
    """How much time there is until an instant: `8 min left`, `over`."""
    return f"{span(moment - now)} left" if moment > now else "over"


def span(length: timedelta) -> str:
    """A span in its largest unit: `12 min`, `3 h`, `2 days`."""
    seconds = int(length.total_seconds())
    if seconds < _HOUR:
        return f"{max(1, seconds // _MINUTE)} min"
    if seconds < _DAY:
        return f"{seconds // _HOUR} h"
    days = seconds // _DAY
    return "1 day" if days == 1 else f"{days} days"


def clock(moment: datetime, zone: str) -> str:
    """The wall clock in `zone`: `8:41`."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local.hour}:{local:%M}"


def phone(number: str) -> str:
    """A phone number as people read it: `(512) 555-0142` for North America, E.164 elsewhere."""
    if number.startswith("+1") and len(number) == 12:
        return f"({number[2:5]}) {number[5:8]}-{number[8:]}"
    return number


def count(number: int, one: str, many: str = "") -> str:
    """A number with its word: `1 lead`, `3 leads`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def dollars(cents: int) -> str:
    """An amount in cents as people write it: `$1,500`, `$12.50`."""
    return f"${cents // 100:,}" if cents % 100 == 0 else f"${cents / 100:,.2f}"


def micro_dollars(amount: int) -> str:
    """An amount in millionths of a dollar, to the cent's hundredth: `$0.0158`."""
    return f"${amount / 1_000_000:,.4f}"


def file_name(file: Attachment) -> str:
    """The name a file is shown and saved under; one that is kept ends in what it is."""
    plain = file.name or ("picture" if file.content_type.startswith("image/") else "file")
    return safe_name(plain, file.content_type if file.state == "kept" else "")


def file_size(count_of_bytes: int) -> str:
    """A size as people write it: `78 KB`, `3.6 MB`."""
    megabytes = count_of_bytes / 1024**2
    return f"{megabytes:.1f} MB" if megabytes >= 1 else f"{max(1, round(count_of_bytes / 1024))} KB"


def shown_small(file: Attachment) -> bool:
    """Whether a page may show it as a small picture."""
    return file.content_type in SHOWN_SMALL


def days(first: date | None, last: date | None) -> str:
    """A span of days, open at either end: `1 Jun 2026 to 31 Aug 2026`, `from 1 Jun 2026`, `until 31 Aug 2026`."""
    begins, ends = (f"{each.day} {each:%b %Y}" if each is not None else "" for each in (first, last))
    if begins and ends:
        return f"{begins} to {ends}"
    return f"from {begins}" if begins else f"until {ends}" if ends else ""


FILTERS: dict[str, Callable[..., Any]] = {
    "ago": ago,
    "clock": clock,
    "count": count,
    "day": day,
    "days": days,
    "dollars": dollars,
    "file_name": file_name,
    "file_size": file_size,
    "shown_small": shown_small,
    "micro_dollars": micro_dollars,
    "due": due,
    "left": left,
    "phone": phone,
    "place": place,
    "when": when,
}
