from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agent.rules.sequences import Step, from_json, sequence_from_dict, to_json
from agent.rules.templates import FIELDS, TO_LEAD, TO_STAFF, TemplateError, fit_text, parse_template, tidy
from agent.words import Words, WordsError, load
from channels.sms import segments

SHIPPED = Path(__file__).resolve().parents[2] / "prompts"
WORDS = load()
DANA = {
    "agent_name": "Dana Whitfield",
    "agent_first_name": "Dana",
    "agent_phone": "(512) 555-0142",
    "brokerage": "Alder Realty",
    "unsubscribe_link": "https://tend.example.com/u/3f9c",
    "postal_address": "200 Congress Ave, Austin, TX 78701",
}
MARIA = DANA | {"first_name": "Maria", "area": "Northside", "property": "14 Alder Ct", "price_range": "$480k-$540k"}
ALERT = {
    "agent_name": "Dana Whitfield",
    "lead_name": "Maria Alvarez",
    "quote": "can we see it Saturday?",
    "reasons": "asked for a visit",
    "action": "Call now",
    "link": "https://tend.example.com/leads/lead_1",
    "due": "today 16:00",
}
EVERY_STEP = [(key, step) for key, sequence in WORDS.sequences.items() for step in sequence.steps]


def text_step(body: str, **changes: Any) -> Step:
    step = {"id": "one", "day": 0, "channel": "sms", "body": body} | changes
    data = {"key": "mine", "title": "Mine", "goal": "Try", "intents": [], "steps": [step]}
    return sequence_from_dict(data).steps[0]


def email_step(subject: str, body: str) -> Step:
    return text_step(body, channel="email", subject=subject)


def shown(step: Step, values: dict[str, str], *, first_text: bool = False, consent_link: str | None = None) -> Any:
    return WORDS.render_step(step, sequence_key="mine", values=values, first_text=first_text, consent_link=consent_link)


# ------------------------------------------------------------------------------------------ rendering


def test_the_first_text_is_introduced_and_later_ones_are_signed() -> None:
    step = text_step("Any day is fine for {property|the visit}.")
    assert shown(step, MARIA, first_text=True).body == (
        "Hi Maria, I'm Dana Whitfield's automated assistant at Alder Realty. Any day is fine for 14 Alder Ct. "
        "Reply STOP to end, HELP for help."
    )
    assert shown(step, DANA).body == "Any day is fine for the visit. - Dana's assistant at Alder Realty"


def test_an_email_invites_to_texts_only_when_there_is_a_consent_link() -> None:
    step = email_step("Hello", "Hi {first_name|there},\n\nA word.")
    without = shown(step, MARIA).body
    assert without == (
        "Hi Maria,\n\nA word.\n\nDana's assistant\nAlder Realty\n\n--\n"
        "This is a marketing email, written by an automated assistant for Dana Whitfield.\n"
        "Alder Realty, 200 Congress Ave, Austin, TX 78701\nStop these emails: https://tend.example.com/u/3f9c"
    )
    link = "https://tend.example.com/c/81aa"
    invited = shown(step, MARIA, consent_link=link).body
    assert f"P.S. Would texts suit you better? You can say yes here, and stop them whenever you like: {link}" in invited
    assert "consent" not in shown(text_step("A word."), MARIA, consent_link=link).body
    assert link not in shown(text_step("A word."), MARIA, consent_link=link).body


def test_a_call_gives_its_task_and_nothing_around_it() -> None:
    data = {"id": "ring", "day": 1, "channel": "call", "task": "Call {first_name|the lead} about {area|a move}."}
    call = sequence_from_dict({"key": "mine", "title": "M", "goal": "G", "intents": [], "steps": [data]}).steps[0]
    assert shown(call, {"first_name": "Maria"}).body == "Call Maria about a move."


def test_a_text_knows_its_id_and_the_hash_of_its_exact_words() -> None:
    step = WORDS.sequences["new-buyer"].steps[1]
    first, later, again = (
        WORDS.render_step(step, sequence_key="new-buyer", values=values, first_text=is_first, consent_link=None)
        for values, is_first in ((MARIA, True), (MARIA, False), (DANA, False))
    )
    assert first.text_id == "sequences/new-buyer/hello-text"
    assert later.text_hash == again.text_hash != first.text_hash
    assert re.fullmatch("[0-9a-f]{64}", first.text_hash)
    changed = replace(step, body=step.body + " Thanks.")
    assert shown(changed, MARIA).text_hash != later.text_hash


def test_a_pinned_version_speaks_its_own_words_after_the_file_has_changed() -> None:
    pinned = from_json(to_json(WORDS.sequences["new-seller"]).replace("Thanks for asking about", "You asked about"))
    body = WORDS.render_step(
        pinned.steps[1], sequence_key="new-seller", values=MARIA, first_text=False, consent_link=None
    ).body
    assert body.startswith("You asked about 14 Alder Ct.")


def test_an_edited_step_that_does_not_fit_is_refused_when_rendered() -> None:
    with pytest.raises(WordsError, match="two segments hold 306"):
        shown(text_step("word " * 60), MARIA)


def test_a_missing_value_that_nothing_can_replace_is_an_error_and_not_a_hole() -> None:
    for missing in ("agent_name", "brokerage", "unsubscribe_link", "postal_address"):
        values = {name: value for name, value in MARIA.items() if name != missing}
        with pytest.raises(WordsError) as caught:
            shown(email_step("Hello", "Hi {first_name|there}, I'm {agent_name}'s assistant."), values)
        assert caught.value.key_path == missing


def test_a_value_is_never_read_as_a_template() -> None:
    body = WORDS.render_alert("hot-lead", channel="email", values=ALERT | {"quote": "{link} {lead_name|x} }{"}).body
    assert '"{link} {lead_name|x} }{"' in body


@pytest.mark.parametrize("field", ["first_name", "area", "property", "price_range"])
@pytest.mark.parametrize(
    "value", ["https://example.com/win", "see example.com", "a@example.org", "<b>Jo</b>", "{brokerage}"]
)
def test_what_a_stranger_typed_cannot_carry_a_link_to_someone_else(field: str, value: str) -> None:
    body = shown(text_step(f"About {{{field}|your question}}."), DANA | {field: value}).body
    assert body.startswith("About your question.")


def test_a_first_name_cannot_start_a_new_paragraph_or_header() -> None:
    values = DANA | {"property": "14 Alder Ct\r\nBcc: all@example.com", "area": "North\n\nside"}
    email = shown(email_step("About {property|you} in {area|town}", "In {area|town}."), values)
    assert email.subject == "About you in North side"
    assert email.body.startswith("In North side.\n\nDana's assistant")


# ------------------------------------------------------------------------------------------ room


def test_values_are_used_whole_while_there_is_room() -> None:
    long_place = "1420 Featherstonehaugh Crescent Northwest"
    assert shown(text_step("About {property|it}."), DANA | {"property": long_place}).body.startswith(
        f"About {long_place}."
    )


def test_values_too_long_for_two_segments_are_cut_at_a_word() -> None:
    filler = "x" * 170
    body = shown(text_step(f"{{property|it}} {filler}"), DANA | {"property": "14 Alder Court " + "very " * 20}).body
    assert body.startswith("14 Alder Court very very xxx")
    assert segments(body).count <= 2


def test_a_word_too_long_to_cut_gives_way_to_the_fallback() -> None:
    body = shown(text_step("{property|it} " + "x" * 170), DANA | {"property": "y" * 300}).body
    assert body.startswith("it xxx")


def test_an_accent_costs_a_segment_only_when_there_is_room_for_it() -> None:
    zoe = MARIA | {"first_name": "Zoë", "agent_name": "Łukasz Żak", "agent_first_name": "Łukasz"}
    roomy = shown(text_step("Hi {first_name|there}."), zoe)
    assert roomy.body == "Hi Zoë. - Łukasz's assistant at Alder Realty"
    tight = shown(text_step("Hi {first_name|there}. " + "x" * 150), zoe).body
    assert tight.startswith("Hi Zoe. xxx")
    assert segments(tight).encoding == "gsm7"


def test_a_name_gsm7_cannot_write_gives_way_to_a_plain_word() -> None:
    values = MARIA | {"first_name": "美咲", "agent_name": "王伟", "agent_first_name": "伟"}
    body = shown(text_step("x" * 150), values, first_text=True).body
    assert body.startswith("Hi there, I'm your agent's automated assistant at Alder Realty. xxx")


def test_an_alert_keeps_its_link_whole_and_shortens_the_quote() -> None:
    link = "https://tend.example.com/leads/lead_0190aaaa-1111-7222-8333-444455556666"
    body = WORDS.render_alert(
        "hot-lead", channel="sms", values=ALERT | {"quote": "we would love to see it " * 30, "link": link}
    ).body
    assert body.endswith(link)
    assert 'Hot lead Maria Alvarez: "we would love to see it' in body
    assert '..."' in body
    assert segments(body).count <= 2


def test_an_alert_about_a_lead_without_words_or_reasons_still_goes_out() -> None:
    for name in ("hot-lead", "todo-due", "escalation"):
        for channel in ("sms", "email"):
            alert = WORDS.render_alert(name, channel=channel, values=ALERT | {"quote": "", "reasons": "", "action": ""})
            assert "Maria Alvarez" in alert.subject + alert.body
            assert not set("{}|") & set(alert.body)


ANY = st.text(max_size=400)
MESSY = st.one_of(
    ANY,
    st.text(alphabet="ab {}|[]^~\\€", max_size=400),
    st.text(alphabet="é'’…—🏡王\r\n\t\x00 ", max_size=200),
    st.lists(st.sampled_from(["Northside", "a", "extraordinarily", "{first_name}"]), max_size=60).map(" ".join),
)
VALUES = st.fixed_dictionaries(dict.fromkeys(FIELDS, MESSY))
CALM = settings(deadline=None)
"""A machine that does other work beside the tests must not fail them."""

NEEDED = {"agent_name": "D", "agent_first_name": "D", "brokerage": "B", "postal_address": "P", "unsubscribe_link": "U"}


def with_needed(values: dict[str, str], needed: dict[str, str]) -> dict[str, str]:
    """Give every required field at least one visible character, so that rendering has no reason to refuse."""
    return values | {name: f"{start}{values.get(name, '')}" for name, start in needed.items()}


@CALM
@given(values=VALUES, chosen=st.sampled_from([s for s in EVERY_STEP if s[1].channel == "sms"]), is_first=st.booleans())
@example(values=dict.fromkeys(FIELDS, "€" * 400), chosen=EVERY_STEP[1], is_first=True)
@example(values=dict.fromkeys(FIELDS, "W" * 400), chosen=EVERY_STEP[1], is_first=False)
def test_no_values_make_a_text_longer_than_two_segments(
    values: dict[str, str], chosen: tuple[str, Step], *, is_first: bool
) -> None:
    key, step = chosen
    body = WORDS.render_step(
        step, sequence_key=key, values=with_needed(values, NEEDED), first_text=is_first, consent_link=None
    ).body
    assert segments(body).count <= 2
    assert not re.search(r"[\r\n\t\x00]", body)


@CALM
@given(VALUES, st.sampled_from(["hot-lead", "todo-due", "escalation"]))
@example(dict.fromkeys(FIELDS, "€" * 400), "hot-lead")
def test_no_values_make_an_alert_longer_than_two_segments(values: dict[str, str], name: str) -> None:
    needed = dict.fromkeys(ALERT, "x")
    assert segments(WORDS.render_alert(name, channel="sms", values=with_needed(values, needed)).body).count <= 2


@CALM
@given(VALUES, st.sampled_from([s for s in EVERY_STEP if s[1].channel == "email"]))
def test_no_values_break_a_subject(values: dict[str, str], chosen: tuple[str, Step]) -> None:
    key, step = chosen
    subject = WORDS.render_step(
        step, sequence_key=key, values=with_needed(values, NEEDED), first_text=False, consent_link=None
    ).subject
    assert 0 < len(subject) <= 60
    assert len(subject.splitlines()) == 1


PLAIN = st.text(alphabet="abcXYZ 0123,.-", max_size=60)


@CALM
@given(
    values=st.fixed_dictionaries(dict.fromkeys(FIELDS, PLAIN)),
    chosen=st.sampled_from(EVERY_STEP),
    is_first=st.booleans(),
    has_link=st.booleans(),
)
def test_no_brace_of_a_template_is_ever_left_over(
    values: dict[str, str], chosen: tuple[str, Step], *, is_first: bool, has_link: bool
) -> None:
    key, step = chosen
    link = "https://tend.example.com/c/1" if has_link else None
    rendered = WORDS.render_step(
        step, sequence_key=key, values=with_needed(values, NEEDED), first_text=is_first, consent_link=link
    )
    assert not set("{}|") & set(rendered.subject + rendered.body)


# ------------------------------------------------------------------------------------------ templates


@pytest.mark.parametrize(
    "source, reason",
    [
        ("Hi {first_name", "position 4: a brace"),
        ("Hi first_name}", "position 14: a brace"),
        ("Hi {{first_name|you}}", "position 4: a brace"),
        ("Hi {nickname|you}", "position 4: {nickname} is not one of"),
        ("Hi {}", "position 4: {} is not one of"),
        ("Hi {First_Name|you}", "position 4: a brace"),
        ("Hi {first_name}", "position 4: {first_name} may be unknown and needs a fallback"),
        ("In {area}", "needs a fallback"),
        ("At {property}", "needs a fallback"),
        ("For {price_range}", "needs a fallback"),
        ("Call {agent_phone}", "needs a fallback"),
        ("{first_name|a|b}", "a brace"),
        ('They wrote "{quote}"', "{quote} is not one of"),
    ],
)
def test_a_wrong_template_says_where_and_why(source: str, reason: str) -> None:
    with pytest.raises(TemplateError, match=re.escape(reason)):
        parse_template(source, allowed=TO_LEAD)


def test_a_fallback_may_be_empty_on_purpose() -> None:
    template = parse_template("Hi{first_name|}, {brokerage}", allowed=TO_LEAD)
    assert template.fill({"brokerage": "Alder Realty"}) == "Hi, Alder Realty"


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_every_blank_can_be_filled_somewhere(name: str) -> None:
    allowed = TO_LEAD | TO_STAFF
    template = parse_template(f"<{{{name}|none}}>", allowed=allowed)
    value = "Maria" if name == "first_name" else "a value"
    assert template.fill({name: tidy(FIELDS[name], value, one_line=True)}) == f"<{value}>"
    assert fit_text(template, {}) == "<none>"


# ------------------------------------------------------------------------------------------ loading


@pytest.fixture
def prompts(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / "prompts"))


def refused(prompts: Path) -> tuple[str, str, str]:
    with pytest.raises(WordsError) as caught:
        load(prompts)
    error = caught.value
    assert str(error).startswith(error.file)
    return error.file, error.key_path, error.reason


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_the_shipped_words_load_from_any_folder(prompts: Path) -> None:
    words = load(prompts)
    assert isinstance(words, Words)
    assert words.hash_of("new-buyer") == WORDS.hash_of("new-buyer")
    assert words.sequences["new-buyer"] == WORDS.sequences["new-buyer"]


EDITS = [
    ("sequences/new-buyer.toml", "{property|Your home search}: a", "{property}: a", "steps[0].subject", "fallback"),
    ("sequences/new-buyer.toml", "{property|Your home search}: a", "word " * 15, "steps[0].subject", "60 are allowed"),
    ("sequences/new-buyer.toml", "Thanks for asking about {", "Thanks {agent_nam} {", "steps[0].body", "agent_nam"),
    ("sequences/new-buyer.toml", "To see a home in person", "Long " * 40, "steps[1].body", "two segments hold 306"),
    ("sequences/new-buyer.toml", "To see a home in person", "\U0001f3e1", "steps[1].body", "GSM-7"),
    ("sequences/new-buyer.toml", "Call {first_name|the lead}", "Call {first_name}", "steps[2].task", "fallback"),
    ("sequences/new-buyer.toml", "no reply", "no answer", "steps[2].when", "position 18"),
    ("sequences/new-buyer.toml", 'key = "new-buyer"', 'key = "new-bayer"', "key", "file's name"),
    ("sequences/new-renter.toml", '["rent"]', '["rent", "buy"]', "intents", "already starts"),
    ("sequences/new-unknown.toml", ', "unclear"', "", "intents", "unclear"),
    ("sequences/new-buyer.toml", "day = 0", "day = ", "", "is not TOML"),
    ("messages/bot-answer.toml", "[sms]\nbody", "[sms]\ntext", "sms.text", "not allowed"),
    ("messages/bot-answer.toml", "{agent_name} at", "{agent} at", "sms.body", "{agent}"),
    ("messages/bot-answer.toml", "Yes, I'm an automated assistant\"\nbody", '"\nbody', "email.subject", "not empty"),
    ("messages/stop-confirmation.toml", "[sms]", '[email]\nsubject = "x"\n[sms]', "email", "not allowed"),
    ("messages/help-answer.toml", "[email]", "[mail]", "mail", "not allowed"),
    ("alerts/hot-lead.toml", "{quote|", "{words|", "sms.body", "{words}"),
    ("alerts/hot-lead.toml", "Why: ", "Why: " + "because " * 10, "sms.body", "two segments hold 306"),
    ("messages/sms-intro.txt", "{first_name|there}", "{first_name}", "", "fallback"),
    ("messages/sms-stop.txt", "Reply STOP to end, HELP for help.", " ", "", "is empty"),
    ("messages/email-footer.txt", "{unsubscribe_link}", "{unsubscribe}", "", "{unsubscribe}"),
    ("model/read-reply.md", "version: ", "Version ", "", "version: 1"),
]


@pytest.mark.parametrize(
    "file, old, new, key_path, reason",
    EDITS,
    ids=[f"{file}-{reason}" for file, _, _, _, reason in EDITS],
)
def test_a_bad_file_stops_the_start_with_file_place_and_reason(
    prompts: Path, file: str, old: str, new: str, key_path: str, reason: str
) -> None:
    change(prompts / file, old, new)
    found_file, found_path, found_reason = refused(prompts)
    assert found_file in {file, "sequences"}
    assert found_path == key_path
    assert reason in found_reason


@pytest.mark.parametrize(
    "file",
    [
        "sequences/aged-lead.toml",
        "messages/showing-ack.toml",
        "messages/sms-signature.txt",
        "alerts/escalation.toml",
        "model/read-reply.md",
    ],
)
def test_a_missing_file_is_named(prompts: Path, file: str) -> None:
    (prompts / file).unlink()
    assert refused(prompts) == (file, "", "is missing")


def test_a_file_that_is_not_text_is_named(prompts: Path) -> None:
    (prompts / "alerts/todo-due.toml").write_bytes(b"\xff\xfe\x00")
    file, _, reason = refused(prompts)
    assert file == "alerts/todo-due.toml"
    assert "cannot be read" in reason
