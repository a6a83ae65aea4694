"""What every shipped text must be: a picky reader's list, checked."""

from __future__ import annotations

import itertools
import re
from collections import Counter

import pytest

from agent.rules.sequences import Sequence, Step, choose
from agent.words import Words, load
from channels.sms import segments
from integrations.language_model import Intent, Sentiment, Slots, Urgency

WORDS = load()
SEQUENCES = tuple(WORDS.sequences.values())
STEPS = tuple((sequence, step) for sequence in SEQUENCES for step in sequence.steps)
EMAILS = tuple((sequence, step) for sequence, step in STEPS if step.channel == "email")
TEXTS = tuple((sequence, step) for sequence, step in STEPS if step.channel == "sms")

MARIA = {
    "first_name": "Maria",
    "agent_name": "Dana Whitfield",
    "agent_first_name": "Dana",
    "agent_phone": "(512) 555-0142",
    "brokerage": "Alder Realty",
    "area": "Northside",
    "property": "14 Alder Ct",
    "price_range": "$480k-$540k",
    "unsubscribe_link": "https://tend.example.com/u/3f9c",
    "postal_address": "200 Congress Ave, Austin, TX 78701",
}
NOBODY = {name: value for name, value in MARIA.items() if name not in {"first_name", "area", "property", "price_range"}}

STALE = (
    "checking in", "check in", "touching base", "touch base", "circling back", "circle back", "following up",
    "follow up", "reaching out", "reach out", "hope this finds", "hope you are well", "hope you're well", "just wanted",
    "friendly reminder", "bumping this", "any update", "act now", "don't miss", "limited time", "once in a lifetime",
    "dream home", "guarantee", "no obligation", "risk-free", "100%", "best price", "hot market", "as an ai",
)  # fmt: skip

TOO_MUCH = (
    r"i(?: have|'ve) (?:found|booked|scheduled|checked)", r"(?:see|is|i've) attached", r"new listings",
    r"our listings?", r"listings? that match", r"i can (?:show|book|schedule|value|price)",
    r"your home is worth", r"i will call", r"calendar link", r"click here",
)  # fmt: skip
"""Things Tend cannot do or know by itself: a person does them."""

# Fair Housing Act, 42 USC 3604(c); 24 CFR 100.75: no preference, limitation or steering, whatever was meant.
STEERING = re.compile(
    r"\b(?:"
    r"(?:un)?safe(?:r|st|ty)?|crime|(?:good|bad|nice|quiet|better) (?:area|street|part of town)|exclusive|prestigious|"
    r"desirable|neighborhoods?|community|famil(?:y|ies)|couples?|singles?|bachelor|kids?|child\w*|husband|wife|spouse|"
    r"mother-in-law|master (?:bed|bath|suite)\w*|empty nest\w*|church\w*|synagogue\w*|mosque\w*|temple|religio\w*|"
    r"christmas|easter|schools?|districts?|adults?|senior\w*|retire\w*|young|mature|ethnic\w*|divers\w*|integrated|"
    r"immigrant\w*|citizen\w*|english|disab\w*|handicap\w*|wheelchair|able-bodied|walking distance|section 8|"
    r"voucher\w*|perfect for|ideal for"
    r")\b"
)


def own_words(step: Step) -> str:
    return f"{step.subject} {step.body} {step.task}"


def named(pairs: tuple[tuple[Sequence, Step], ...]) -> list[str]:
    return [f"{sequence.key}/{step.id}" for sequence, step in pairs]


def everything() -> list[tuple[str, str]]:
    texts = [(f"{sequence.key}/{step.id}", own_words(step)) for sequence, step in STEPS]
    texts += [(f"title of {sequence.key}", f"{sequence.title} {sequence.goal}") for sequence in SEQUENCES]
    texts.append(("stop-confirmation", WORDS.render_message("stop-confirmation", channel="sms", values=MARIA).body))
    for name in ("showing-ack", "bot-answer", "help-answer"):
        for channel in ("sms", "email"):
            shown = WORDS.render_message(
                name, channel=channel, values=MARIA, consent_link="https://tend.example.com/c/1"
            )
            texts.append((f"{name}/{channel}", f"{shown.subject} {shown.body}"))
    return texts


def test_the_five_sequences_ship_with_twelve_to_eighteen_steps_each() -> None:
    lengths = {sequence.key: len(sequence.steps) for sequence in SEQUENCES}
    assert set(lengths) == {"new-buyer", "new-seller", "new-renter", "new-unknown", "aged-lead"}
    assert all(12 <= length <= 18 for length in lengths.values()), lengths


@pytest.mark.parametrize("sequence", SEQUENCES, ids=lambda s: s.key)
def test_a_sequence_speaks_on_both_channels_and_asks_a_human_to_call(sequence: Sequence) -> None:
    channels = Counter(step.channel for step in sequence.steps)
    assert channels["email"] >= 5
    assert channels["sms"] >= 4
    assert channels["call"] >= 1


@pytest.mark.parametrize("sequence", SEQUENCES, ids=lambda s: s.key)
def test_a_sequence_fills_the_month_and_sends_at_most_one_of_a_kind_a_day(sequence: Sequence) -> None:
    days = [step.day for step in sequence.steps]
    assert days == sorted(days)
    assert days[0] == 0
    assert days[-1] in {29, 30}
    assert all(later - earlier <= 6 for earlier, later in itertools.pairwise(days)), "a week of silence"
    per_day = Counter((step.day, step.channel) for step in sequence.steps)
    assert max(per_day.values()) == 1


@pytest.mark.parametrize("sequence", SEQUENCES, ids=lambda s: s.key)
def test_timed_steps_fall_in_hours_every_state_allows(sequence: Sequence) -> None:
    for step in sequence.steps:
        if step.time is not None:
            assert 9 <= step.time.hour < 18, step.id


@pytest.mark.parametrize("sequence", SEQUENCES, ids=lambda s: s.key)
def test_the_first_step_is_an_unconditional_email_that_says_who_writes(sequence: Sequence) -> None:
    first = sequence.steps[0]
    assert (first.channel, first.day, first.time, first.when) == ("email", 0, None, None)
    assert "I'm {agent_name}'s automated assistant" in first.body
    assert "{brokerage}" in first.body


@pytest.mark.parametrize("sequence", SEQUENCES, ids=lambda s: s.key)
def test_no_question_is_asked_twice_in_a_sequence(sequence: Sequence) -> None:
    asked = Counter(
        re.sub(r"[^a-z ]", "", question.lower()).strip()
        for step in sequence.steps
        for question in re.findall(r"[^.?!:\n]+\?", own_words(step))
    )
    assert asked, "a sequence that asks nothing learns nothing"
    assert [question for question, times in asked.items() if times > 1] == []


@pytest.mark.parametrize("sequence", SEQUENCES, ids=lambda s: s.key)
def test_no_two_steps_of_a_sequence_open_with_the_same_words(sequence: Sequence) -> None:
    openings = Counter(step.body.partition("\n\n")[2][:40] or step.body[:25] for step in sequence.steps if step.body)
    assert [opening for opening, times in openings.items() if times > 1] == []


@pytest.mark.parametrize("sequence", SEQUENCES, ids=lambda s: s.key)
def test_the_last_note_goes_only_to_those_who_never_answered(sequence: Sequence) -> None:
    last = sequence.steps[-1]
    assert (last.channel, str(last.when)) == ("email", "no reply")


@pytest.mark.parametrize("sequence, step", EMAILS, ids=named(EMAILS))
def test_an_email_is_short_and_its_subject_fits_a_phone(sequence: Sequence, step: Step) -> None:
    assert 40 <= len(step.body.split()) <= 140
    for values in (MARIA, NOBODY):
        shown = WORDS.render_step(step, sequence_key=sequence.key, values=values, first_text=False, consent_link=None)
        assert 10 <= len(shown.subject) <= 60
        assert not shown.subject.isupper()


@pytest.mark.parametrize("sequence, step", EMAILS, ids=named(EMAILS))
def test_an_email_is_plain_text_with_address_and_a_way_out(sequence: Sequence, step: Step) -> None:
    body = WORDS.render_step(step, sequence_key=sequence.key, values=MARIA, first_text=False, consent_link=None).body
    assert MARIA["postal_address"] in body
    assert MARIA["unsubscribe_link"] in body
    assert not re.search(r"[*_#`~]|\]\(|<[a-z]|^[-+] ", body, re.MULTILINE)
    assert "automated assistant for Dana Whitfield" in body
    assert body.startswith("Hi Maria,\n\n")


@pytest.mark.parametrize("sequence, step", TEXTS, ids=named(TEXTS))
def test_a_text_names_its_writer_and_costs_at_most_two_segments(sequence: Sequence, step: Step) -> None:
    for values in (MARIA, NOBODY):
        for first_text in (True, False):
            body = WORDS.render_step(
                step, sequence_key=sequence.key, values=values, first_text=first_text, consent_link=None
            ).body
            assert segments(body).encoding == "gsm7"
            assert segments(body).count <= 2
            assert "Dana" in body
            assert "Alder Realty" in body


@pytest.mark.parametrize("sequence, step", TEXTS, ids=named(TEXTS))
def test_the_first_text_says_it_is_automated_and_how_to_stop(sequence: Sequence, step: Step) -> None:
    body = WORDS.render_step(step, sequence_key=sequence.key, values=MARIA, first_text=True, consent_link=None).body
    assert body.startswith("Hi Maria, I'm Dana Whitfield's automated assistant at Alder Realty. ")
    assert body.endswith("Reply STOP to end, HELP for help.")


@pytest.mark.parametrize("sequence, step", STEPS, ids=named(STEPS))
def test_a_step_asks_one_thing_at_most(sequence: Sequence, step: Step) -> None:
    del sequence
    asked = re.findall(r"[^.?!\n]+\?", step.body)
    # the one list of questions to put to an agent is the help itself
    assert len(asked) <= (3 if step.id == "questions-for-agents" else 1)


@pytest.mark.parametrize("sequence, step", STEPS, ids=named(STEPS))
def test_a_lead_without_a_name_or_a_place_still_reads_a_whole_sentence(sequence: Sequence, step: Step) -> None:
    shown = WORDS.render_step(step, sequence_key=sequence.key, values=NOBODY, first_text=True, consent_link=None)
    for text in (shown.subject, shown.body):
        assert not re.search(r"[{}|]|  |\s[,.:;?]", text)


@pytest.mark.parametrize("place, text", everything(), ids=[place for place, _ in everything()])
def test_no_text_is_stale_or_loud_or_promises_what_tend_cannot_do(place: str, text: str) -> None:
    assert [phrase for phrase in STALE if phrase in text.lower()] == [], place
    assert [phrase for phrase in TOO_MUCH if re.search(phrase, text.lower())] == [], place
    assert "!" not in text
    assert not re.search(r"[^\x00-\x7f]", text), "an emoji, a dash or a curly quote"
    assert not re.search(r"\b(?!STOP|HELP|HOA|ZIP|TX)[A-Z]{4,}\b", text)


@pytest.mark.parametrize("place, text", everything(), ids=[place for place, _ in everything()])
def test_no_text_steers_or_names_a_protected_class(place: str, text: str) -> None:
    assert STEERING.findall(text.lower()) == [], place


def test_every_intent_leads_to_a_shipped_sequence_and_none_to_the_aged() -> None:
    chosen = {intent: choose(intent, WORDS.sequences) for intent in Intent}
    assert chosen[Intent.BUY] == chosen[Intent.SCHEDULE_SHOWING] == "new-buyer"
    assert chosen[Intent.SELL] == chosen[Intent.VALUATION] == chosen[Intent.BUY_AND_SELL] == "new-seller"
    assert chosen[Intent.RENT] == "new-renter"
    assert chosen[Intent.UNCLEAR] == chosen[Intent.QUESTION] == "new-unknown"
    assert "aged-lead" not in chosen.values()


def test_the_answer_to_are_you_a_bot_is_yes_and_offers_a_person() -> None:
    for channel in ("sms", "email"):
        body = WORDS.render_message("bot-answer", channel=channel, values=MARIA).body
        assert re.search(r"\bYes, (?:I'm|you are writing with) an automated assistant, not a person\b", body)
        assert "Dana is a person" in body


def test_the_opt_out_confirmation_holds_nothing_that_could_sell() -> None:
    text = WORDS.render_message("stop-confirmation", channel="sms", values=MARIA).body
    assert text == "Alder Realty: you are opted out. You will get no more texts from Dana Whitfield's assistant."


def test_help_says_who_we_are_and_how_to_stop() -> None:
    text = WORDS.render_message("help-answer", channel="sms", values=MARIA).body
    assert all(part in text for part in ("Alder Realty", "Dana Whitfield", "(512) 555-0142", "Reply STOP to end"))


def test_the_hot_alert_quotes_the_lead_and_gives_reasons_one_action_and_the_link() -> None:
    values = {
        "lead_name": "Maria Alvarez",
        "quote": "can we see it Saturday?",
        "reasons": "asked for a visit; answered in 4 minutes",
        "action": "Call about Saturday",
        "link": "https://tend.example.com/leads/lead_1",
    }
    for channel in ("sms", "email"):
        shown = WORDS.render_alert("hot-lead", channel=channel, values=values)
        assert all(value in shown.subject + shown.body for value in values.values())


def test_the_reading_prompt_names_every_word_of_the_closed_schema() -> None:
    prompt = WORDS.prompts["read-reply"]
    assert prompt.version >= 1
    for word in (*Intent, *Sentiment, *Urgency, *Slots.__dataclass_fields__):
        assert f"`{word}`" in prompt.text, word
    for field in ("text", "previous_outbound", "facts", "confidence", "reason", "quote"):
        assert f"`{field}`" in prompt.text, field
    assert "data written by strangers" in prompt.text


def test_loading_twice_gives_the_same_hashes() -> None:
    again: Words = load()
    assert {key: again.hash_of(key) for key in again.sequences} == {key: WORDS.hash_of(key) for key in WORDS.sequences}
