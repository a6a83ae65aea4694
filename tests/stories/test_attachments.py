"""What comes with a message: kept where it is harmless and small, named with the reason where not."""

from __future__ import annotations

import io
import zipfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from email.message import EmailMessage
from typing import Any

import pytest

from agent.store.tables import attachments, messages
from channels import attached
from channels.providers.twilio_media import TwilioMedia
from channels.standins.twilio_account import HeldMedia, TwilioAccount
from channels.standins.twilio_server import app
from tests import cast
from tests.cast import MAYA, RUTH
from tests.channels import peers
from tests.stories.conftest import SQLITE, Opens
from tests.stories.twilio import signed_in, written
from tests.stories.world import World

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20
PDF = b"%PDF-1.7\n" + b"letter " * 500
JPEG = b"\xff\xd8\xff\xe0" + bytes(2000)
Files = Sequence[tuple[str, str, bytes]]


def mail_with(files: Files, *, name: str = "a") -> bytes:
    """A mail of Maya's with these files (name, type, content)."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Message-ID"] = MAYA.email, "hello@tend.example", f"<{name}@x.test>"
    mail.set_content("Here is our pre-approval.")
    for title, kind, content in files:
        maintype, _, subtype = kind.partition("/")
        mail.add_attachment(content, maintype=maintype, subtype=subtype, filename=title)
    return mail.as_bytes()


def zipped(*names: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return content.getvalue()


async def kept_by_name(world: World) -> dict[str, Any]:
    return {world.opened(attachments, "name", row): row for row in await world.rows(attachments)}


# ---- with a mail


async def test_a_pdf_and_a_picture_are_kept_sealed_and_served_to_be_saved(world: World) -> None:
    lead_id = await world.arrive(MAYA)
    files = [("our letter ü.pdf", "application/pdf", PDF), ("kitchen.png", "image/png", PNG)]

    assert (await world.mail(mail_with(files))).status_code == 200
    assert (await world.mail(mail_with(files))).status_code == 200, "the very same mail again"

    rows = await kept_by_name(world)
    assert {name: (row.state, row.size) for name, row in rows.items()} == {
        "our letter ü.pdf": ("kept", len(PDF)),
        "kitchen.png": ("kept", len(PNG)),
    }
    letter = rows["our letter ü.pdf"]
    assert b"letter" not in letter.content
    assert b"letter" not in letter.name
    path = world.path(lead_id, f"attachments/{letter.id}")
    stranger = await world.client.get(path, headers={"Accept": "*/*"}, follow_redirects=False)
    assert (stranger.status_code, b"letter letter" in stranger.content) == (401, False)

    await world.sign_in()
    served = await world.client.get(path)
    assert (served.status_code, served.content) == (200, PDF)
    assert served.headers["content-type"] == "application/pdf"
    assert served.headers["content-disposition"] == "attachment; filename*=UTF-8''our%20letter%20%C3%BC.pdf"
    assert served.headers["x-content-type-options"] == "nosniff"
    assert served.headers["content-security-policy"].startswith("sandbox")
    assert served.headers["cache-control"] == "no-store"
    page = (await world.client.get(world.path(lead_id))).text
    picture = world.path(lead_id, f"attachments/{rows['kitchen.png'].id}")
    assert f'<img src="{picture}"' in page
    assert f'href="{path}" download' in page
    assert f'<img src="{path}"' not in page
    assert page.index(path) < page.index(picture), "as they stood in the mail"


@SQLITE
async def test_a_file_of_one_lead_is_not_found_under_another(world: World) -> None:
    await world.arrive(MAYA)
    ruth = await world.arrive(RUTH)
    await world.mail(mail_with([("a.pdf", "application/pdf", PDF)]))
    await world.sign_in()
    (row,) = await world.rows(attachments)

    for path in (world.path(ruth, f"attachments/{row.id}"), f"/leads/nonsense/attachments/{row.id}"):
        assert (await world.client.get(path)).status_code == 404


@SQLITE
async def test_what_could_run_and_what_is_not_what_it_says_is_refused_with_the_reason(world: World) -> None:
    lead_id = await world.arrive(MAYA)
    files = [
        ("setup.exe", "application/x-msdownload", b"MZ" + bytes(500)),
        ("letter.pdf", "application/pdf", b"MZ" + bytes(500)),
        ("logo.svg", "image/svg+xml", b"<svg onload='alert(1)'/>"),
        ("page.html", "text/html", b"<script>alert(1)</script>"),
        ("all.zip", "application/zip", zipped("a.txt")),
        ("notes.txt", "text/plain", b"MZ\x00\x01"),
        ("empty.pdf", "application/pdf", b""),
        ("macros.docx", _docx(), zipped("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin")),
        ("zip.docx", _docx(), zipped("a.txt")),
    ]
    await world.mail(mail_with(files))

    rows = await world.rows(attachments)
    assert {(row.state, row.content) for row in rows} == {("refused", None)}
    assert len(rows) == len(files)
    await world.sign_in()
    page = (await world.client.get(world.path(lead_id))).text
    assert "setup.exe (1 KB), application/x-msdownload: files of this type are not kept" in page
    assert "letter.pdf (1 KB), application/pdf: it is not what it says it is" in page
    assert "<svg onload" not in page
    for row in rows:
        assert (await world.client.get(world.path(lead_id, f"attachments/{row.id}"))).status_code == 404


@SQLITE
async def test_office_documents_and_plain_text_are_kept_and_saved_under_what_they_are(world: World) -> None:
    lead_id = await world.arrive(MAYA)
    await world.mail(
        mail_with(
            [
                ("offer.docx", _docx(), zipped("[Content_Types].xml", "word/document.xml")),
                ("run.bat", "text/plain", b"del *.*"),
                ("page.html", "image/png", PNG + b"<script>alert(1)</script>"),
                ("\u202egnp.exe", "image/png", PNG),
            ]
        )
    )
    await world.sign_in()

    saved = []
    for row in sorted(await world.rows(attachments), key=lambda row: row.position):
        answer = await world.client.get(world.path(lead_id, f"attachments/{row.id}"))
        assert answer.status_code == 200
        saved.append(answer.headers["content-disposition"].partition("''")[2])
    assert saved == ["offer.docx", "run.bat.txt", "page.html.png", "gnp.exe.png"]


@SQLITE
async def test_five_megabytes_a_file_ten_files_and_ten_megabytes_a_mail_are_kept_and_no_more(world: World) -> None:
    await world.arrive(MAYA)
    big = PNG + bytes(attached.MOST_BYTES)
    half = PNG + bytes(3_400_000)
    await world.mail(mail_with([("big.png", "image/png", big), ("small.png", "image/png", PNG)], name="big"))
    await world.mail(mail_with([(f"{n}.png", "image/png", half) for n in range(2)], name="two"))
    await world.mail(mail_with([(f"many-{n}.png", "image/png", PNG) for n in range(12)], name="many"))

    rows = await kept_by_name(world)
    assert (rows["big.png"].state, rows["big.png"].reason) == ("refused", attached.TOO_BIG)
    assert [rows[name].state for name in ("small.png", "0.png", "1.png")] == ["kept"] * 3
    many = [rows[f"many-{n}.png"] for n in range(12)]
    assert [row.state for row in many] == ["kept"] * 10 + ["refused"] * 2
    assert many[11].reason == attached.TOO_MANY


# ---- with a text


@asynccontextmanager
async def twilio(open_world: Opens, **more: Any) -> AsyncIterator[tuple[World, TwilioAccount]]:
    """A world that fetches pictures from Twilio's stand-in."""
    account = TwilioAccount(lambda: cast.TUESDAY_MORNING)
    async with peers.served(app(account)) as url:
        files = TwilioMedia(user=account.sid, password=account.token, base_url=url, **more)
        async with open_world(doors={"files": files}, tend_public_url=peers.PUBLIC) as world:
            await world.sign_in()
            yield world, account
        await files.aclose()


async def pictured(world: World, *urls: str, kind: str = "image/jpeg") -> None:
    """Maya texts these pictures."""
    more = {"NumMedia": str(len(urls))}
    for number, url in enumerate(urls):
        more |= {f"MediaUrl{number}": url, f"MediaContentType{number}": kind}
    assert (await written(world, "", **more)).status_code == 200


async def test_a_picture_that_comes_with_a_text_is_fetched_once_and_shown(open_world: Opens) -> None:
    async with twilio(open_world) as (world, account):
        lead_id = await world.arrive(MAYA)
        url = account.hold(HeldMedia("image/jpeg", JPEG))
        await pictured(world, url, "https://evil.example/x.jpg", "http://api.twilio.com/x.jpg")
        (row,) = await world.rows(attachments)
        assert (row.state, row.content) == ("waiting", None)
        assert url.encode() not in row.source_url

        await world.settle()
        await world.settle()

        (row,) = await world.rows(attachments)
        assert (row.state, row.size, row.source_url) == ("kept", len(JPEG), None)
        assert len(account.asked) == 1
        path = world.path(lead_id, f"attachments/{row.id}")
        assert (await world.client.get(path, headers=signed_in(world))).content == JPEG
        page = (await world.client.get(world.path(lead_id), headers=signed_in(world))).text
        assert f'<img src="{path}"' in page
        assert "picture.jpg (2 KB)" in page


@SQLITE
@pytest.mark.parametrize(
    "held,reason,tries",
    [
        (HeldMedia("image/jpeg", JPEG + bytes(attached.MOST_BYTES)), attached.TOO_BIG, 1),
        (HeldMedia("image/jpeg", b"<svg/>"), "it is not what it says it is", 1),
        (HeldMedia("text/html", b"<script>"), "files of this type are not kept", 1),
        (HeldMedia("", moved_to="https://evil.example/x.jpg"), "it lies at an address that is not asked", 1),
        (HeldMedia("", moved_to="http://169.254.169.254/latest"), "it lies at an address that is not asked", 1),
        (HeldMedia("", moved_to="https://127.0.0.1/x"), "it lies at an address that is not asked", 1),
        (HeldMedia("", status=503), "Twilio answered 503", 3),
    ],
)
async def test_what_cannot_be_kept_is_refused_with_its_reason_and_where_it_lies(
    open_world: Opens, held: HeldMedia, reason: str, tries: int
) -> None:
    async with twilio(open_world) as (world, account):
        lead_id = await world.arrive(MAYA)
        url = account.hold(held)
        await pictured(world, url)
        await world.live(hours=1)

        (row,) = await world.rows(attachments)
        assert (row.state, row.reason, row.content) == ("refused", reason, None)
        assert len(account.asked) == tries
        page = (await world.client.get(world.path(lead_id), headers=signed_in(world))).text
        assert f"image/jpeg: {reason}" in page
        assert f'href="{url}"' in page


@SQLITE
async def test_a_picture_that_is_not_there_yet_is_fetched_later_and_a_video_never_asked_for(open_world: Opens) -> None:
    async with twilio(open_world) as (world, account):
        await world.arrive(MAYA)
        url = account.hold(HeldMedia("image/jpeg", JPEG))
        held = account.media.popitem()
        await pictured(world, url)
        await pictured(world, account.hold(HeldMedia("video/mp4", b"x")), kind="video/mp4")
        account.media = {}
        await world.settle()
        account.media = dict([held])
        await world.live(minutes=2)

        states = sorted((row.state, row.reason) for row in await world.rows(attachments))
        assert states == [("kept", ""), ("refused", "files of this type are not kept")]
        assert len(account.asked) == 2


@SQLITE
async def test_no_more_than_ten_megabytes_of_one_text_are_kept(open_world: Opens) -> None:
    async with twilio(open_world) as (world, account):
        await world.arrive(MAYA)
        await pictured(world, *(account.hold(HeldMedia("image/jpeg", JPEG + bytes(4_000_000))) for _ in range(3)))
        await world.settle()

        found = sorted((row.state, row.reason) for row in await world.rows(attachments))
        assert found == [("kept", ""), ("kept", ""), ("refused", attached.TOO_MUCH)]


@SQLITE
async def test_with_no_login_a_picture_is_a_link(open_world: Opens) -> None:
    async with open_world(tend_public_url=peers.PUBLIC) as world:
        await world.arrive(MAYA)
        await pictured(world, "https://api.twilio.com/x.jpg")
        await world.settle()

        (row,) = await world.rows(attachments)
        assert row.state == "refused"
        assert "TWILIO_ACCOUNT_SID" in row.reason
        assert len(await world.rows(messages, direction="in")) == 1


def _docx() -> str:
    return "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
