"""Mail that comes in: whose it is, what came back, what was attached, and mail made to do harm."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest

from agent.commands import database_checked
from agent.settings import Secret
from agent.store import inbox
from agent.store.messages import mail_id
from agent.store.tables import (
    addresses,
    attachments,
    leads,
    messages,
    receipts,
    suppressions,
    todos,
    webhook_events,
)
from channels.mail_reader import MailReader
from channels.outcomes import Sent
from channels.providers.memory import MemoryEmailSender
from tests import cast
from tests.cast import MAYA, RUTH, Lead
from tests.stories.conftest import SQLITE, Opens
from tests.stories.world import World

SES_ID = "0100019f3a5e-11aa22bb-0000-4000-8000-000000000001-000000"
SPOUSE = cast.guest(7)


def report(
    about: str,
    *,
    status: str = "5.1.1",
    action: str = "failed",
    to: Lead = MAYA,
    refers_to: str = "",
    kind: str = "delivery-status",
) -> bytes:
    """As a mail server reports on a mail of ours, with our own footer in what it returns."""
    said = (
        f"Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; {to.email}\n"
        f"Action: {action}\nStatus: {status}\nDiagnostic-Code: smtp; 550 no\n"
    )
    if kind == "feedback-report":
        said = f"Feedback-Type: {action}\nUser-Agent: x\nVersion: 1\n"
    references = f"References: <{refers_to}>\n" if refers_to else ""
    return (
        "Return-Path: <>\nFrom: Mail Delivery System <mailer-daemon@mx.example>\nTo: hello@tend.example\n"
        f"Subject: Undelivered Mail\nMessage-ID: <{kind}-{action}-{status}@mx.example>\n"
        f'Content-Type: multipart/report; report-type={kind}; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nSorry. STOP\n"
        f"--b\nContent-Type: message/{kind}\n\n{said}\n"
        f"--b\nContent-Type: message/rfc822\n\nMessage-ID: <{about}>\n{references}"
        "Subject: Your search\n\nReply STOP to end.\n--b--\n"
    ).encode()


# ---- whose it is


@SQLITE
@pytest.mark.parametrize("where", ["In-Reply-To", "References"])
@pytest.mark.parametrize("name", ["{our_id}@tend.example", SES_ID + "@us-west-2.amazonses.com"])
async def test_an_answer_from_an_unknown_address_is_the_leads_whose_mail_it_answers(
    open_world: Opens, where: str, name: str
) -> None:
    email = MemoryEmailSender()
    email.script(Sent(SES_ID))
    async with open_world(email=email) as world:
        lead_id = await world.arrive(MAYA)
        await world.live(minutes=5)
        our_id = world.emails_to(MAYA)[0].our_id
        answered = f"<{name.format(our_id=our_id)}>"
        value = answered if where == "In-Reply-To" else f"<first@x.test> {answered} <last@x.test>"

        raw = f"{where}: {value}\n".encode() + cast.mail(SPOUSE, "We would love to")
        assert (await world.mail(raw)).is_success

        (kept,) = await world.rows(messages, direction="in")
        assert kept.lead_id == lead_id


@SQLITE
async def test_a_token_goes_before_references_and_the_latest_reference_before_earlier_ones(world: World) -> None:
    maya, ruth = await world.arrive(MAYA), await world.arrive(RUTH)
    await world.live(minutes=5)
    (to_maya,), (to_ruth,) = world.emails_to(MAYA), world.emails_to(RUTH)
    ids = [f"<{email.our_id}@tend.example>" for email in (to_maya, to_ruth)]

    await world.mail(cast.mail(SPOUSE, "one", message_id="1@x.test", References=" ".join(ids)))
    await world.mail(cast.mail(SPOUSE, "two", message_id="2@x.test", References=ids[1], to=to_maya.reply_to))
    await world.mail(cast.mail(MAYA, "three", message_id="3@x.test", References="<0123456789abcdef@x.test>"))

    kept = {mail_id(row.external_id): row.lead_id for row in await world.rows(messages, direction="in")}
    assert kept == {"1@x.test": ruth, "2@x.test": maya, "3@x.test": maya}


async def test_two_senders_who_give_their_mails_the_same_id_are_both_heard_and_each_once(world: World) -> None:
    maya, ruth = await world.arrive(MAYA), await world.arrive(RUTH)
    for lead in (MAYA, RUTH, MAYA):
        await world.mail(cast.mail(lead, f"It is {lead.first}", message_id="1@same.test"))

    assert {row.lead_id for row in await world.rows(messages, direction="in")} == {maya, ruth}
    assert len(await world.rows(messages, direction="in")) == 2
    await world.live(minutes=5)
    assert world.emails_to(MAYA)[-1].references[-1] == "1@same.test"


# ---- what came back


@pytest.mark.parametrize("named", ["our id", "reference", "vendor's id"])
async def test_a_bounce_in_our_mailbox_is_a_receipt_and_no_reply(open_world: Opens, named: str) -> None:
    email = MemoryEmailSender()
    email.script(Sent(SES_ID))
    async with open_world(email=email) as world:
        lead_id = await world.arrive(MAYA)
        await world.live(minutes=5)
        ours = f"{world.emails_to(MAYA)[0].our_id}@tend.example"
        raw = {
            "our id": report(ours),
            "reference": report("made.by.a.vendor@mx.example", refers_to=ours),
            "vendor's id": report(f"{SES_ID}@email.amazonses.com"),
        }[named]

        assert [(await world.mail(raw)).status_code for _ in range(2)] == [200, 200]
        await world.live(days=9)

        (receipt,) = await world.rows(receipts)
        assert (receipt.kind, receipt.reason) == ("bounced", "invalid_address")
        assert len(world.emails_to(MAYA)) == 1
        (address,) = await world.rows(addresses, lead_id=lead_id, channel="email")
        assert address.valid is False
        assert await world.rows(messages, direction="in") == []
        assert await world.rows(suppressions) == []
        assert len(await world.rows(leads)) == 1, "nobody is called mailer-daemon"


@SQLITE
@pytest.mark.parametrize(
    "status,action,kind",
    [
        ("5.1.1", "failed", "bounced"),
        ("5.1.10", "failed", "bounced"),
        ("5.1.8", "failed", "undelivered"),
        ("5.2.1", "failed", "bounced"),
        ("5.2.2", "failed", "undelivered"),
        ("5.7.1", "failed", "undelivered"),
        ("nonsense", "failed", "undelivered"),
        ("4.4.1", "delayed", "delayed"),
        ("2.0.0", "delivered", "delivered"),
        ("2.0.0", "unheard-of", None),
    ],
)
async def test_only_a_dead_address_is_written_to_no_more(
    world: World, status: str, action: str, kind: str | None
) -> None:
    lead_id = await world.arrive(MAYA)
    await world.live(minutes=5)

    await world.mail(report(f"{world.emails_to(MAYA)[0].our_id}@tend.example", status=status, action=action))

    assert [row.kind for row in await world.rows(receipts)] == ([kind] if kind else [])
    (address,) = await world.rows(addresses, lead_id=lead_id, channel="email")
    assert address.valid is (kind != "bounced")


async def test_a_bounce_of_where_a_person_has_their_mail_forwarded_is_not_the_death_of_their_own_address(
    world: World,
) -> None:
    lead_id = await world.arrive(MAYA)
    await world.live(minutes=5)

    await world.mail(report(f"{world.emails_to(MAYA)[0].our_id}@tend.example", to=SPOUSE))
    await world.live(days=9)

    (receipt,) = await world.rows(receipts)
    assert (receipt.kind, receipt.message_id is not None) == ("bounced", True)
    (address,) = await world.rows(addresses, lead_id=lead_id, channel="email")
    assert address.valid is True
    assert len(world.emails_to(MAYA)) > 1
    (sent, *_) = await world.rows(messages, lead_id=lead_id, direction="out", channel="email")
    assert sent.delivery == ""
    assert {touch.word for touch in await world.touches(lead_id, channel="email", state="sent")} == {""}
    await world.sign_in()
    page = (await world.client.get(world.path(lead_id))).text
    assert "was forwarded to another address, and could not be delivered there" in page


@SQLITE
async def test_a_complaint_in_our_mailbox_is_an_opt_out_and_a_report_on_nobodys_mail_changes_nothing(
    world: World,
) -> None:
    lead_id = await world.arrive(MAYA)
    await world.live(minutes=5)

    for about in ("0" * 32, "made.up"):
        await world.mail(report(f"{about}@tend.example"))
    assert (await world.lead(lead_id)).end_reason == ""
    (address,) = await world.rows(addresses, lead_id=lead_id, channel="email")
    assert address.valid is True

    ours = f"{world.emails_to(MAYA)[0].our_id}@tend.example"
    await world.mail(report(ours, kind="feedback-report", action="not-spam"))
    assert (await world.lead(lead_id)).end_reason == ""
    await world.mail(report(ours, kind="feedback-report", action="abuse"))
    assert (await world.lead(lead_id)).end_reason == "opted out"


# ---- machines nobody knows


BOUNCE_IN_NO_FORM = (
    b"Return-Path: <>\nFrom: MAILER-DAEMON@mx.example\nTo: hello@tend.example\nSubject: failure notice\n"
    b"Message-ID: <bounce@mx.example>\n\nHi. I could not deliver your message:\n<gone@x.test>: no mailbox.\n"
    b"--- Below this line is a copy of the message.\n\nSTOP\n"
)
NEWSLETTER = cast.mail(
    SPOUSE, "Spring listings!\nUnsubscribe", message_id="news@x.test", Precedence="bulk", List_Id="<news.x.test>"
)


async def test_a_machine_nobody_knows_makes_no_lead_and_no_todo_and_its_mail_is_kept_sealed_and_counted(
    world: World,
) -> None:
    for raw in (BOUNCE_IN_NO_FORM, NEWSLETTER, NEWSLETTER):
        assert (await world.mail(raw)).status_code == 200

    assert await world.rows(leads) == []
    assert await world.rows(todos) == []
    bounce, news = sorted(await world.rows(webhook_events, source=inbox.STRAY_MAIL), key=lambda row: row.id)
    assert {bounce.state, news.state} == {"done"}
    assert (bounce.kind, news.kind) == ("undelivered", "automatic")
    assert "Spring listings!" in world.opened(webhook_events, "payload", news)
    assert b"Spring" not in news.payload

    await world.sign_in()
    said = "a mail could not be delivered and 1 automatic mail came from addresses that are nobody"
    assert said in (await world.client.get("/")).text
    world.clock.advance_to(world.clock.now() + timedelta(days=1, seconds=1))
    assert "could not be delivered" not in (await world.client.get("/")).text


@SQLITE
async def test_the_doctor_says_it_too_and_says_nothing_where_nothing_came(open_world: Opens) -> None:
    async with open_world(at=datetime.now(UTC)) as world:
        before = await database_checked.findings(world.tend.settings)
        await world.mail(BOUNCE_IN_NO_FORM)
        after = await database_checked.findings(world.tend.settings)

    assert "automatic mail" not in {line.name for line in before}
    (said,) = [line for line in after if line.name == "automatic mail"]
    assert (said.state, said.found) == ("ok", "In the last 24 hours a mail could not be delivered")


@SQLITE
async def test_a_person_nobody_knows_is_a_lead_and_so_is_who_asks_to_stop_by_way_of_a_list(world: World) -> None:
    await world.mail(cast.mail(SPOUSE, "Is the house on Elm still there?", message_id="1@x.test"))
    await world.mail(cast.mail(cast.guest(8), "please stop emailing me", message_id="2@x.test", List_Id="<l.x.test>"))

    assert len(await world.rows(leads)) == 2
    assert sorted(row.kind for row in await world.rows(todos)) == ["opt_out_doubt", "read", "read"]


@SQLITE
async def test_a_machine_that_answers_a_mail_of_ours_is_on_the_timeline_of_whom_we_wrote_to(world: World) -> None:
    lead_id = await world.arrive(MAYA)
    await world.live(minutes=5)
    ours = f"<{world.emails_to(MAYA)[0].our_id}@tend.example>"
    await world.mail(f"In-Reply-To: {ours}\n".encode() + NEWSLETTER)

    assert [row.lead_id for row in await world.rows(messages, direction="in")] == [lead_id]
    assert await world.rows(webhook_events, source=inbox.STRAY_MAIL) == []


# ---- what was attached


@SQLITE
async def test_what_is_not_kept_is_named_on_the_page_with_its_reason_and_sealed(world: World) -> None:
    lead_id = await world.arrive(MAYA)
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Message-ID"] = MAYA.email, "hello@tend.example", "<a@x.test>"
    mail.set_content("Here is our pre-approval.")
    mail.add_attachment(
        b"MZ" * 40_000, maintype="application", subtype="pdf", filename="../../maya's <b>letter</b>.pdf"
    )

    assert (await world.mail(mail.as_bytes())).is_success
    await world.sign_in()
    page = (await world.client.get(world.path(lead_id))).text

    assert "b .pdf (78 KB), application/pdf: it is not what it says it is" in page
    assert "<b>letter" not in page
    (file,) = await world.rows(attachments)
    assert (file.state, file.content) == ("refused", None)
    assert b"pdf" not in file.name
    (kept,) = await world.rows(messages, direction="in")
    assert world.opened(messages, "body", kept) == "Here is our pre-approval."


# ---- made to do harm


@SQLITE
async def test_five_megabytes_are_read_and_eleven_are_refused(world: World) -> None:
    await world.arrive(MAYA)
    mail = cast.mail(MAYA, "Saturday works")

    big = EmailMessage()
    big["From"], big["To"], big["Message-ID"] = MAYA.email, "hello@tend.example", "<big@x.test>"
    big.set_content("Saturday works")
    big.add_attachment(b"\xff\xd8\xff" + b"x" * 3_800_000, maintype="image", subtype="jpeg", filename="kitchen.jpg")
    raw = big.as_bytes()
    assert len(raw) > 5_000_000

    assert (await world.mail(raw)).status_code == 200
    assert (await world.mail(mail + b"x" * 11_000_000)).status_code == 413
    (kept,) = await world.rows(messages, direction="in")
    assert world.opened(messages, "body", kept) == "Saturday works"
    (file,) = await world.rows(attachments)
    assert world.opened(attachments, "name", file) == "kitchen.jpg"
    assert (file.size, file.state) == (3_800_003, "kept")


@SQLITE
async def test_ten_thousand_recipients_and_a_bomb_of_parts_hold_nobody_up(world: World) -> None:
    lead_id = await world.arrive(MAYA)
    await world.live(minutes=5)
    reply_to = world.emails_to(MAYA)[0].reply_to
    crowd = ", ".join(f"p{number}@crowd.example" for number in range(10_000))
    bomb = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(20_000))
    head = f"From: {MAYA.email}\nMessage-ID: <{{}}@x.test>\nContent-Type: text/plain; charset={{}}\n\n"
    mails = [
        cast.mail(SPOUSE, "we are many", to=crowd, message_id="1@x.test", Delivered_To=reply_to),
        f"From: {MAYA.email}\nTo: {crowd}\nMessage-ID: <2@x.test>\n".encode() + bomb + b"hello",
        head.format(3, "utf-16").encode() + "\N{BYTE ORDER MARK}SaT".encode("utf-16-le"),
        head.format(4, "rot13").encode() + b"hi there",
    ]
    quick = await _seconds(world, cast.mail(MAYA, "a floor", message_id="0@x.test"))

    took = [await _seconds(world, raw) for raw in mails]

    assert max(took) < 200 * quick + 5, "a floor of the same minute, and room for a busy machine"
    kept = {mail_id(row.external_id): row.lead_id for row in await world.rows(messages, direction="in")}
    assert kept == {f"{number}@x.test": lead_id for number in range(5)}


async def _seconds(world: World, raw: bytes) -> float:
    started = time.perf_counter()
    assert (await world.mail(raw)).status_code == 200
    return time.perf_counter() - started


@SQLITE
async def test_a_mail_that_is_too_much_to_read_is_kept_by_its_header_and_a_person_looks(open_world: Opens) -> None:
    stuck = MailReader(seconds=0.5, program="tests.channels.stuck_worker")
    async with open_world(doors={"mail_reader": stuck}) as world:
        lead_id = await world.arrive(MAYA)
        await world.live(minutes=5)
        healthy = asyncio.create_task(world.client.get("/healthz"))
        for subject in ("hello", "Unsubscribe me please"):
            raw = cast.mail(MAYA, "anything", subject=subject, message_id=f"{subject[:5]}@x.test")
            assert (await world.mail(raw)).status_code == 200
            if subject == "hello":
                (todo,) = await world.open_todos(lead_id)
                assert (await world.enrollment(lead_id)).state == "paused"
        assert (await healthy).status_code == 200
        assert len(await world.rows(messages, lead_id=lead_id, direction="in")) == 2
        assert (await world.lead(lead_id)).end_reason == "opted out", "the subject was theirs"
        assert todo.kind == "read"


@SQLITE
async def test_while_the_hooks_token_is_changed_both_are_valid_and_no_third(open_world: Opens) -> None:
    async with open_world(tend_email_hook_former_token=Secret("the-one-before")) as world:
        raw = cast.mail(MAYA, "hello")
        statuses = [
            (await world.client.post(f"/hooks/email/{token}", content=raw)).status_code
            for token in (world.hook_token, "the-one-before", "a-third", "")
        ]
    assert statuses[:3] == [200, 200, 401]
    assert statuses[3] in {401, 404, 405}
