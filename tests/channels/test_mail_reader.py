"""Mail is read elsewhere, and what does not end is ended: the next mail finds a reader again."""

from __future__ import annotations

import time

import pytest

from channels import mime
from channels.mail_reader import MailReader

RAW = b"From: Maya <maya.lopez@example.com>\nTo: hello@tend.example\nMessage-ID: <1@x.test>\nSubject: Hi\n\nhello\n"


async def test_what_is_read_elsewhere_is_what_would_be_read_here_and_the_process_stays() -> None:
    reader = MailReader()
    try:
        assert await reader.read(RAW) == mime.parse(RAW)
        first = reader._worker  # noqa: SLF001
        assert first is not None
        assert (await reader.read(RAW + b"\xff\x00" * 100)).read
        assert reader._worker is first  # noqa: SLF001
        with pytest.raises(mime.MalformedMail):
            await reader.read(b"To: nobody\n\nhi")
        assert reader._worker is first  # noqa: SLF001
    finally:
        reader.close()
    assert first.poll() is not None, "it is gone when Tend stops"


async def test_a_process_that_hangs_is_killed_in_time_and_the_header_is_what_is_known() -> None:
    reader = MailReader(seconds=0.5, program="tests.channels.stuck_worker")
    started = time.monotonic()
    try:
        found = await reader.read(RAW)
    finally:
        reader.close()

    assert time.monotonic() - started < 30
    assert (found.read, found.text, found.subject, found.sender) == (False, "", "Hi", "maya.lopez@example.com")


async def test_a_process_that_died_between_two_mails_is_replaced_and_the_next_mail_is_read() -> None:
    reader = MailReader()
    try:
        await reader.read(RAW)
        worker = reader._worker  # noqa: SLF001
        assert worker is not None
        worker.kill()
        worker.wait()
        assert (await reader.read(RAW)).read is True
    finally:
        reader.close()
