"""What people wrote, and what their mail programs added. Every case is invented."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.own_words import MAX_BYTES, MAX_LINES, split

FOOTER = "Tend for Ortiz Realty, 100 Congress Ave, Austin. Reply STOP and we never write again."
OLD = f"Hi Maya,\nstill looking in Hyde Park?\n\n{FOOTER}"
QUOTED = "\n".join(f"> {line}" for line in OLD.split("\n"))

REPLIES = {
    "gmail": f"Saturday works!\n\nOn Tue, Jul 7, 2026 at 10:00 AM Sam Ortiz <sam@example.org> wrote:\n\n{QUOTED}\n",
    "gmail, wrapped intro": (
        "Saturday works!\n\nOn Tue, Jul 7, 2026 at 10:00 AM Sam Ortiz of Ortiz Realty <\n"
        f"sam@example.org> wrote:\n\n{QUOTED}"
    ),
    "gmail, intro over four lines": (
        "Saturday works!\n\nOn Tue, Jul 7, 2026\nat 10:00 AM\nSam Ortiz <sam@example.org>\nwrote:\n" + QUOTED
    ),
    "gmail in spanish": (
        "Saturday works!\n\nEl mar, 7 jul 2026 a las 10:00, Sam Ortiz (<sam@example.org>) escribió:\n\n" + QUOTED
    ),
    "gmail in spanish, nothing marked": (
        f"Saturday works!\n\nEl mar, 7 jul 2026 a las 10:00, Sam Ortiz\n(<sam@example.org>) escribio\u0301:\n\n{OLD}"
    ),
    "gmail in french": f"Saturday works!\n\nLe mar. 7 juil. 2026 à 10:00, Sam <sam@example.org> a écrit :\n\n{QUOTED}",
    "gmail in german": f"Saturday works!\n\nAm Di., 7. Juli 2026 um 10:00 schrieb Sam <sam@example.org>:\n\n{QUOTED}",
    "gmail with a numeric intro": f"Saturday works!\n\n2026-07-07 10:00 GMT-05:00 Sam <sam@example.org>:\n\n{QUOTED}",
    "iphone": (
        "Saturday works!\n\nSent from my iPhone\n\n> On Jul 7, 2026, at 10:00 AM, Sam Ortiz <sam@example.org> wrote:\n"
        f"> \n{QUOTED}"
    ),
    "iphone, nothing marked": (
        f"Saturday works!\n\nSent from my iPhone 17 Pro\n\nOn Jul 7, 2026, at 10:00 AM, Sam Ortiz wrote:\n\n{OLD}"
    ),
    "android": f"Saturday works!\n\nSent from my Galaxy\n\n-------- Original message --------\nFrom: Sam\n{OLD}",
    "outlook desktop": (
        "Saturday works!\n\nFrom: Sam Ortiz <sam@example.org>\nSent: Tuesday, July 7, 2026 10:00 AM\n"
        f"To: Maya Lopez <maya.lopez@example.com>\nSubject: Your tour\n\n{OLD}"
    ),
    "outlook, bold labels and a rule": (
        "Saturday works!\n\n________________________________\n*From:* Sam Ortiz\n*Sent:* Tuesday, July 7, 2026\n"
        f"*To:* Maya Lopez\n*Subject:* Your tour\n\n{OLD}"
    ),
    "outlook in spanish": (
        "Saturday works!\n\nDe: Sam Ortiz\nEnviado el: martes, 7 de julio de 2026 10:00\nPara: Maya Lopez\n"
        f"Asunto: Visita\n\n{OLD}"
    ),
    "outlook in french": (
        "Saturday works!\n\nDe\u00a0: Sam Ortiz <sam@example.org>\nEnvoyé\u00a0: mardi 7 juillet 2026 10:00\n"
        f"À\u00a0: Maya Lopez\nObjet\u00a0: Visite\n\n{OLD}"
    ),
    "gmail in french, nothing marked": f"Saturday works!\n\nLe 7 juil. 2026 à 10:00, Sam a écrit\u202f:\n\n{OLD}",
    "outlook in dutch": (
        f"Saturday works!\n\nVan: Sam Ortiz\nVerzonden: dinsdag 7 juli 2026\nAan: Maya\nOnderwerp: Hi\n\n{OLD}"
    ),
    "outlook in polish": f"Saturday works!\n\nOd: Sam\nWysłano: wtorek\nDo: Maya\nTemat: Hi\n\n{OLD}",
    "outlook in swedish": f"Saturday works!\n\nFrån: Sam\nSkickat: den 7 juli\nTill: Maya\nÄmne: Hi\n\n{OLD}",
    "outlook in russian": f"Saturday works!\n\nОт: Sam\nОтправлено: 7 июля\nКому: Maya\nТема: Hi\n\n{OLD}",
    "outlook in chinese": (f"Saturday works!\n\n发件人：Sam\n发送时间：2026年7月7日\n收件人：Maya\n主题：Hi\n\n{OLD}"),
    "outlook in vietnamese": f"Saturday works!\n\nTừ: Sam\nĐã gửi: 7/7\nTới: Maya\nChủ đề: Hi\n\n{OLD}",
    "outlook in korean": (f"Saturday works!\n\n보낸 사람: Sam\n보낸 날짜: 2026\n받는 사람: Maya\n제목: Hi\n\n{OLD}"),
    "outlook for ios": (
        "Saturday works!\n\nGet Outlook for iOS<https://aka.ms/o0ukef>\n________________________________\n"
        f"From: Sam Ortiz\nSent: Tuesday\nTo: Maya\nSubject: Your tour\n\n{OLD}"
    ),
    "original message": f"Saturday works!\n\n-----Original Message-----\n{OLD}",
    "mensaje original": f"Saturday works!\n\n-----Mensaje original-----\n{OLD}",
    "zoho": f"Saturday works!\n\n---- On Tue, 07 Jul 2026 10:00:00 -0500 Sam <sam@example.org> wrote ----\n\n{OLD}",
    "yahoo": (
        "Saturday works!\n\nSent from Yahoo Mail for iPhone\n\n"
        f"On Tuesday, July 7, 2026, 10:00 AM, Sam Ortiz <sam@example.org> wrote:\n\n{OLD}"
    ),
    "forwarded": f"Saturday works!\n\nBegin forwarded message:\n\n{OLD}",
    "signature": f"Saturday works!\n\n-- \nMaya Lopez\nCEO of STOP Signs Inc.\n\n{QUOTED}",
    "signature whose space was trimmed": f"Saturday works!\n\n--\nMaya Lopez\n\n{QUOTED}",
    "answer below": f"On Tue, Jul 7, 2026 at 10:00 AM Sam <sam@example.org> wrote:\n{QUOTED}\n\nSaturday works!\n",
    "answer below quotes, signature above": f"--\nMaya Lopez\n\n{QUOTED}\n\nSaturday works!",
    "deeper quotes": f"Saturday works!\n\n>> {FOOTER}\n> > {FOOTER}\n   > {FOOTER}",
    "windows line ends": f"Saturday works!\r\n\r\n{QUOTED}".replace("\n", "\r\n"),
    "a quoted line broken in two": (
        "Saturday works!\n\n> Tend for Ortiz Realty, 100 Congress Avenue, Austin TX, Reply\nSTOP and we never write\n"
    ),
}


@pytest.mark.parametrize("body", REPLIES.values(), ids=REPLIES.keys())
def test_only_the_words_of_the_person_are_left(body: str) -> None:
    assert split(body).text == "Saturday works!"


@pytest.mark.parametrize("body", REPLIES.values(), ids=REPLIES.keys())
def test_our_own_footer_is_never_taken_for_their_words(body: str) -> None:
    written = split(body)
    assert "STOP" not in written.text
    assert "STOP" in written.quoted or "STOP" not in body


def test_answers_between_the_quoted_lines_are_kept() -> None:
    body = "> Which day suits you?\nSaturday.\n\n> And your budget?\nAbout 400k.\n\n> Reply STOP to stop."
    assert split(body).text == "Saturday.\n\nAbout 400k."


def test_a_stop_beneath_a_finished_quoted_line_is_the_persons_own() -> None:
    assert split(f"> {FOOTER}\nSTOP").text == "STOP"


@pytest.mark.parametrize(
    "body",
    [
        "STOP",
        "stop texting me\n\nMaya",
        "On Monday my husband wrote:\nStop all this",
        "On 12 July we fly to Austin.\n\nCan we see it before?",
        "From: the heart\nI love this place.",
        "To: be honest\nSubject: to change",
        "From: Dallas\nTo: Austin\nDate: July",
        "We came from: Dallas.\nSent: the forms.",
        "Sent from my wife's account, please stop",
        "Sent from my iPhone please stop",
        "I like 3 -- maybe 4 -- bedrooms",
        "Original message was lost, send it again?",
        "price ---- too high",
    ],
)
def test_ordinary_sentences_that_look_like_marks_are_kept(body: str) -> None:
    assert split(body).text == body


def test_a_reply_of_quotation_alone_has_no_own_words_and_loses_nothing() -> None:
    written = split(f"On Tue, Jul 7, 2026 Sam wrote:\n{QUOTED}")
    assert written.text == ""
    assert FOOTER in written.quoted


def test_blank_lines_use_up_no_room() -> None:
    assert split("\n" * 5000 + "Saturday" + "\n" * 5000 + "works!").text == "Saturday\n\nworks!"


def test_own_words_end_at_two_hundred_lines_and_the_rest_is_kept_apart() -> None:
    written = split("\n".join(f"line {n}" for n in range(500)))
    assert written.text.split("\n") == [f"line {n}" for n in range(MAX_LINES)]
    assert written.quoted.split("\n")[0] == f"line {MAX_LINES}"
    assert written.quoted.endswith("line 499")


def test_own_words_end_at_eight_kibibytes_and_never_within_a_letter() -> None:
    written = split("á" * 6000)
    assert written.text == "á" * (MAX_BYTES // 2)
    assert written.quoted == "á" * (6000 - MAX_BYTES // 2)
    assert split("x" + "á" * 6000).text == "x" + "á" * (MAX_BYTES // 2 - 1)


marks = st.sampled_from(
    [
        "On Jul 7 2026",
        "Sam wrote:",
        "> ",
        FOOTER,
        "-- ",
        "--",
        "From: Sam",
        "Sent: now",
        "To: x",
        "Subject: y",
        "",
        ">>",
    ]
)


@given(st.lists(marks | st.text(max_size=30), max_size=30).map("\n".join))
def test_whatever_comes_every_line_is_either_own_or_quoted(body: str) -> None:
    written = split(body)
    assert len(written.text.split("\n")) <= MAX_LINES
    assert len(written.text.encode()) <= MAX_BYTES
    lines = {
        line.rstrip() for line in body.replace("\r\n", "\n").replace("\r", "\n").split("\n") if line.rstrip("_-=* ")
    }
    assert {line for line in lines if line} <= set(written.text.split("\n")) | set(written.quoted.split("\n"))
    assert not any(line.lstrip().startswith(">") for line in written.text.split("\n"))


@given(st.lists(st.text(alphabet=st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=60), max_size=20))
def test_a_marked_quotation_never_adds_to_the_own_words(own: list[str]) -> None:
    alone = "\n".join(own)
    assert split(f"{alone}\n\n{QUOTED}").text == split(f"{alone}\n\n> .").text
