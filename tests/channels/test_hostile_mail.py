"""Mail made to hang a worker. The libraries tried for this took from four seconds to minutes on the same kilobytes."""

from __future__ import annotations

import sys
import time
from types import FrameType
from typing import Any

import pytest

from channels import html_text, mime, own_words

SEEDS = ["On a\n", "On On ", "\n", "From: \n", "wrote:\n", "On 1\nwrote:\n>\n", ">", "> \n", "-- \n", "--", "a@b:\n>\n",
         "From: a\nTo: b\n", "am 1 schrieb ", "sent from my ", "<", "<a ", "<a b='", "</", "<!", "<!--", "<style>",
         "<blockquote>", "<br>", "&", "&#9", "a"]  # fmt: skip
HEAD = b"From: maya.lopez@example.com\n"
MIB = 1024 * 1024 - 200

BOMBS = {
    "a header of a million quotes": b'From: "' + b'"' * MIB,
    "a header of a million dots": b"From: maya@example" + b".a" * (MIB // 2),
    "two hundred thousand headers": HEAD + b"X: y\n" * (MIB // 5),
    "a folded header without end": HEAD + b"To: x\n" + b" a@x.test,\n" * (MIB // 9),
    "a content type without end": HEAD + b"Content-Type: multipart/mixed; boundary=a" + b";a" * (MIB // 2),
    "a boundary everywhere": HEAD + b"Content-Type: multipart/mixed; boundary=-\n\n" + b"-" * MIB,
    "a quarter million parts": HEAD + b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--a\n" * (MIB // 4),
    "eighteen thousand parts in each other": HEAD
    + b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(18_000)),
    "a megabyte of punycode": HEAD + b"Content-Type: text/plain; charset=punycode\n\n" + b"a" * MIB,
    "a megabyte of digits": HEAD + b"Content-Type: text/html\n\n&#" + b"9" * MIB,
    "nested comments": b"From: " + b"(" * MIB,
    "two million headers": HEAD + b"X: y\n" * (2 * MIB),
    "references": HEAD + b"References: " + b"<" * MIB,
    "encoded words": HEAD + b"Subject: " + b"=?utf-8?q?" * (MIB // 10),
}


def steps(work: Any, body: str) -> int:
    """Count the lines of Python that run, which no busy machine can change."""
    count = 0

    def tracer(_frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal count
        count += event == "line"
        return tracer

    before = sys.gettrace()
    sys.settrace(tracer)
    try:
        work(body)
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("work", [own_words.split, html_text.read], ids=["own words", "html"])
def test_twice_the_mail_is_twice_the_work_and_no_more(work: Any, seed: str) -> None:
    small, large = (seed * (size // len(seed)) for size in (4_000, 8_000))
    assert steps(work, large) <= 2.1 * steps(work, small) + 100


@pytest.mark.parametrize("kind", [b"plain", b"html"])
@pytest.mark.parametrize("seed", SEEDS)
def test_twenty_kilobytes_of_spite_cost_no_more_than_a_moment(seed: str, kind: bytes) -> None:
    raw = HEAD + b"Content-Type: text/" + kind + b"\n\n" + (seed * (20_000 // len(seed))).encode()
    started = time.process_time()
    mime.parse(raw)
    assert time.process_time() - started < 0.5  # 0.02 s at most where it was measured


@pytest.mark.parametrize("raw", BOMBS.values(), ids=BOMBS.keys())
def test_a_megabyte_of_spite_is_read_and_soon_done(raw: bytes) -> None:
    started = time.process_time()
    assert mime.parse(raw).sender
    assert time.process_time() - started < 2.0  # 0.4 s at most where it was measured


def test_a_footer_stays_quoted_behind_any_spite() -> None:
    for seed in SEEDS[:14]:
        body = f"{seed * 200}\n\nOn Jul 7, 2026 Sam wrote:\n> Reply STOP and we never write again.\n"
        assert "STOP" not in own_words.split(body).text
