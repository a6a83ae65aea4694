"""Stop, and what only looks like it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.rules.optout import Signal, in_email, less_ours, own_subject, signal

# FCC (47 CFR 64.1200(a)(10)), Twilio, AWS and Telnyx.
_CARRIER_KEYWORDS = (
    "STOP",
    "STOPALL",
    "STOP ALL",
    "UNSUBSCRIBE",
    "CANCEL",
    "END",
    "QUIT",
    "REVOKE",
    "OPTOUT",
    "OPT-OUT",
    "OPT OUT",
    "REMOVE",
    "ARRET",
    "TD",
)

_SPELLINGS = (
    "stop",
    "Stop.",
    "STOP!!",
    " stop ",
    "s t o p",
    "S.T.O.P.",
    "stoppp",
    "STOOOOP",
    "st0p",
    "sotp",
    "STOP 🛑",
    "🙏 stop 🙏",
    "“STOP”",
    '"stop"',
    "Stop\n",
    "ｓｔｏｐ",
    "st\u200bop",
    "opt - out",
    "Opt out!",
    "stop-all",
    "UNSUBSCRIBE.",
    "unsuscribe",
    "arrêt",
    "Alto",
    "parar",
    "Baja",
    "no más",
    "dar de baja",
)

_SURE = (
    # A keyword with courtesies, or beside words that agree with it.
    "please stop",
    "STOP please",
    "ok stop thanks",
    "Stop, thank you!",
    "stop stop stop",
    "Just stop already",
    "ugh stop",
    "actually, stop",
    "I don't want to hear from you",
    "Hi, unsubscribe please",
    "STOP. We already bought a house",
    "Stop! I have the wrong kind of luck with texts",
    "Not interested. Stop.",
    "stop it now",
    "por favor pare",
    "Yes, unsubscribe",
    # Do not write.
    "Stop texting me",
    "quit texting my phone",
    "Please stop sending these messages",
    "would you stop contacting me already",
    "stop with the texts",
    "Stop all the calls and texts right now",
    "I told you to stop texting this number",
    "don't text me again",
    "Do not contact me again.",
    "do not ever call this number",
    "dont msg me anymore pls",
    "no more texts please",
    "No more messages",
    "I don't want any more of these emails",
    "I do not wish to be contacted",
    "we no longer want to receive your emails",
    "please don't send me any more texts",
    "I want this to stop",
    "How do I stop these messages?",
    "how can i unsubscribe",
    "cease and desist",
    "Leave me alone",
    "LEAVE US ALONE!!",
    "Go away.",
    "get lost",
    "Stop texting me I'm not looking for a house",
    "Stop messaging me. I'll reach out if I need you.",
    "if you keep texting me I will report you, stop contacting me",
    "text me again and I'm calling my lawyer",
    "put an end to these texts",
    "no further contact",
    "stop bothering my wife and stop calling this phone",
    # Off the list.
    "take me off your list",
    "Take my number off please",
    "please take us off of your mailing list",
    "remove me from all your lists",
    "Remove my number",
    "remov me from ur list",
    "delete my info",
    "lose my number",
    "loose my number",
    "I'd like to be removed",
    "get me off this damn list",
    "scrub my number from your database",
    "unsubscribe me",
    "please unsubscribe",
    "I want to unsubscribe from this",
    "opt me out",
    "I'd like to opt out",
    "I am opting out of all texts",
    "I revoke my consent",
    "I withdraw my permission",
    "you do not have my consent",
    # Spanish.
    "No me escriban más",
    "ya no me llame por favor",
    "deje de mandarme mensajes",
    "dejen de molestar",
    "quíteme de su lista",
    "borre mi número",
    "elimíneme",
    "no quiero recibir mensajes",
    "no quiero que me llamen",
    "no más mensajes por favor",
    "déjeme en paz",
    "quiero darme de baja",
    "Por favor, no me manden más mensajes",
    "Ya no quiero recibir sus textos",
    "sáqueme de esa lista",
    "no me contacte más",
    "cancele mi suscripción",
    "no me interesa, no me escriba más",
    # As people really put it.
    "UNSUB",
    "enough with the messages",
    "please cease contact",
    "no longer wish to receive these",
    "how many times do I have to say stop",
    "Can you please not text me",
    "you need to stop",
    "I've asked three times to be removed",
    "I'm done with these texts",
    "get off my phone",
    "Please stop all correspondence",
    "stop w the texts",
    "I want off this list",
    "I do not give you permission to text me",
    "please refrain from contacting me",
    "No calls, no texts.",
    "this is my work phone, do not message it again",
    "wrong number, and stop texting me",
)

_WRONG_PERSON = (
    "wrong number",
    "Sorry, you have the wrong number",
    "You've got the wrong person!",
    "this isn't Dave's number anymore",
    "nobody here by that name",
    "There is no Carla at this number",
    "you called the wrong number",
    "número equivocado",
    "persona equivocada",
)

_DOUBT = (
    "cancel please",
    "Stop! You had me at hot tub, haha",
    "🛑",
    "leave me alone maybe",
    "atop",
    "can you stop texting me and email me instead",
    "Stop texting, just call me",
    "Don't call me, text me instead",
    "please stop texting me at work",
    "don't text me after 9pm",
    "stop texting me so early",
    "Stop calling until Monday",
    "stop contacting me for a few weeks",
    "don't contact me before the closing on the 5th",
    "Stop texting me today",
    "If it already sold then stop texting me",
    "unless you have a duplex, take me off your list",
    "should I opt out?",
    "What happens if I reply stop",
    "too many texts",
    "You send so many messages",
    "who gave you my number",
    "How did you get this number?",
    "I never signed up for this",
    "this is spam",
    "I'm reporting you",
    "This is harassment",
    "tired of these texts",
    "This is not Carla",
    "fewer texts would be nice",
    "no me llame, mejor mándeme un correo",
    "no me escriba en la noche",
    "¿Quién le dio mi número?",
    "shut up",
    "stop it with the pushy tone, when is the open house?",
    "forget me",
    "leave me out of this",
    "Do not reply to me",
    "basta de llamadas y mensajes en la noche",
)

_NONE = (
    # Other meanings of the same words.
    "Can we stop by at 3?",
    "I'll stop in tomorrow",
    "stopping by the open house",
    "we might stop over on Sunday",
    "it's near the bus stop",
    "is it close to the train stop?",
    "the last stop on the blue line",
    "there's a stop sign outside",
    "one-stop shop",
    "nonstop traffic there?",
    "don't stop",
    "Please don't stop sending me these!",
    "I can't stop thinking about it",
    "we decided to stop looking until spring",
    "I want to stop paying rent",
    "can you stop the foreclosure?",
    "why did you stop texting me?",
    "you stopped sending me listings",
    "did you unsubscribe me?",
    "cancel Tuesday's showing",
    "Can I cancel my appointment on Friday",
    "I need to cancel the tour",
    "end of year",
    "at the end of the month",
    "My lease is up at the end of May",
    "the dead end street",
    "week end works",
    "quit my job so waiting a bit",
    "remove the tenant",
    "can they remove the popcorn ceiling",
    "remove my contingency",
    "take my house off the market",
    "is it off the list?",
    "that one is on my short list",
    "can I opt out of the HOA",
    "please stop calling me dave",
    "stop calling me ma'am lol my name is Jo",
    "the wrong number of bedrooms is listed",
    "I gave you the wrong number, it ends in 0142",
    "do I have the wrong number?",
    "your email went to my spam folder",
    "stop sending me listings over 500k but keep the rest",
    "don't send me condos with stairs",
    "you don't have to call me, I saw the email",
    "don't hesitate to text me",
    "nobody called me back",
    "why haven't you called me?",
    "please don't call my wife, she's at work",
    "TD bank approved us",
    "stop by the house on Sunday",
    "can we stop at 450k?",
    "I don't want to stop looking",
    "cancel my showing",
    "sorry, have to cancel our 3pm",
    "I want to unsubscribe from Zillow, can you help?",
    "No more condos please, only houses",
    "nothing can stop us from buying this year",
    "the end unit or the corner one?",
    "What time does the open house end?",
    "we stopped at the house yesterday and loved it",
    "Would they stop showing it if we offer asking?",
    "el fin de semana está bien",
    "¿la parada de autobús está cerca?",
    "quiero cancelar la visita del viernes",
    "no deje de mandarme casas",
    "deje un mensaje con mi esposa",
    "no más de 300 mil",
    "basta con dos cuartos",
    "no me interesa esa casa, ¿tiene otra?",
    "el precio está muy alto",
    # Ordinary answers.
    "yes",
    "Yes please",
    "no",
    "No thanks",
    "not interested",
    "We already have an agent",
    "maybe later",
    "call me",
    "text me the address",
    "What time?",
    "Can you call me after 5?",
    "is this a bot?",
    "who is this?",
    "thanks!",
    "👍",
    "ok",
    "I'd like to see it Saturday",
    "how much is the deposit",
    "please contact me about selling",
    "",
    "   ",
    "...",
    "?",
    "mándeme más fotos por favor",
    "para mi mamá",
    "¿está disponible?",
    "sí",
    "no gracias",
    "quiero ver la casa el sábado",
    # Our own words, quoted back by a phone.
    "Liked “Hi, it's Reed Homes' assistant. Reply STOP to opt out.”",
    'Loved "Reply STOP to end"',
    "Laughed at “wrong number”",
    "Disliked “Take me off your list: reply STOP”",
    "Reacted 😂 to “Reply STOP to end”",
    "Removed a like from “Reply STOP to end”",
    'it says "Reply STOP to opt out", do I need that?',
)


def test_the_table_is_large_and_says_nothing_twice() -> None:
    sentences = (*_CARRIER_KEYWORDS, *_SPELLINGS, *_SURE, *_WRONG_PERSON, *_DOUBT, *_NONE)
    assert len(set(sentences)) == len(sentences)
    assert len(_SURE) + len(_WRONG_PERSON) + len(_DOUBT) + len(_NONE) >= 250


@pytest.mark.parametrize("keyword", _CARRIER_KEYWORDS)
@pytest.mark.parametrize("shape", ["{}", "{}!!", " {} \n", "{}.", "🙂 {}", "“{}”"])
def test_every_carrier_keyword_is_a_stop_however_it_is_dressed(keyword: str, shape: str) -> None:
    assert signal(shape.format(keyword)) is Signal.STOP
    assert signal(shape.format(keyword.lower())) is Signal.STOP


@pytest.mark.parametrize("text", _SPELLINGS)
def test_a_keyword_is_recognised_in_every_spelling(text: str) -> None:
    assert signal(text) is Signal.STOP


@pytest.mark.parametrize("text", _SURE)
def test_what_a_reasonable_person_reads_as_stop_is_one(text: str) -> None:
    assert signal(text) is Signal.STOP


@pytest.mark.parametrize("text", _WRONG_PERSON)
def test_the_wrong_person_is_told_apart_from_one_who_asks_to_stop(text: str) -> None:
    assert signal(text) is Signal.WRONG_PERSON
    assert signal(text.upper() + "!") is Signal.WRONG_PERSON


@pytest.mark.parametrize(
    "subject, body, meant",
    [
        ("Unsubscribe", "Ruth Adler", Signal.STOP),
        ("Re: RE: Fwd: stop", "", Signal.STOP),
        ("Take me off your list", "Thanks", Signal.STOP),
        ("Our tour", "please unsubscribe me", Signal.STOP),
        ("Cancel", "I can't make it at 3. Could we do 4?", Signal.DOUBT),
        ("too many emails", "Is 12 Oak Lane still there?", Signal.DOUBT),
        ("Wrong person", "Best, Ann", Signal.WRONG_PERSON),
        ("Help", "We'd like to sell our house", Signal.NONE),
        ("START", "We'd like to sell our house", Signal.NONE),
        ("START", "", Signal.START),
        ("Help", " \n", Signal.HELP),
        ("Re: 12 Oak Lane", "Can we stop by on Sunday?", Signal.NONE),
    ],
)
def test_the_stronger_of_subject_and_body_counts(subject: str, body: str, meant: Signal) -> None:
    assert in_email(subject, body) is meant


@pytest.mark.parametrize("subject", ["Re: Your  visit", "RE: re: your visit", "Fwd: Your visit", "AW: Your visit"])
def test_an_answered_subject_is_the_same_subject(subject: str) -> None:
    assert own_subject(subject) == own_subject("Your visit")


@pytest.mark.parametrize(
    "subject",
    [
        "I'll stop writing here",
        "Re: I'll stop writing here",
        "[EXTERNAL] Re: I'll stop writing here",
        "RE: [EXT] I'LL STOP  WRITING HERE",
        "Antw: I'll stop writing here",
        "回复: I'll stop writing here (secure)",
        "Re: I'll stop writing here, Your visit",
    ],
)
def test_a_subject_of_ours_is_not_theirs_whatever_a_gateway_put_around_it(subject: str) -> None:
    ours = {"I'll stop writing here", "Your visit", ""}
    assert in_email(less_ours(subject, ours), "Yes, I am still looking!") is Signal.NONE


@pytest.mark.parametrize("subject", ["STOP", "Unsubscribe: Your visit", "Please stop emailing me. Re: Your visit"])
def test_their_own_words_beside_a_subject_of_ours_still_count(subject: str) -> None:
    assert in_email(less_ours(subject, {"Your visit", "STOPOVER"}), "") in {Signal.STOP, Signal.DOUBT}


@pytest.mark.parametrize("text", _DOUBT)
def test_what_may_be_a_stop_is_left_to_a_human(text: str) -> None:
    assert signal(text) is Signal.DOUBT


@pytest.mark.parametrize("text", _NONE)
def test_what_only_looks_like_a_stop_changes_nothing(text: str) -> None:
    assert signal(text) is Signal.NONE


@pytest.mark.parametrize(
    "text", ["START", "start", "Unstop", "UNSTOP!", "start please", "ok, start", "opt in", "Opt-in"]
)
def test_start_asks_for_texts_again(text: str) -> None:
    assert signal(text) is Signal.START


@pytest.mark.parametrize("text", ["when does the tour start", "let's start Monday", "yes", "let's get this started"])
def test_yes_and_a_start_in_a_sentence_are_no_start(text: str) -> None:
    assert signal(text) is Signal.NONE


@pytest.mark.parametrize("text", ["HELP", "help!", "Info", "INFO?", "ayuda"])
def test_help_is_asked_for_by_a_keyword(text: str) -> None:
    assert signal(text) is Signal.HELP


@pytest.mark.parametrize("text", ["can you help me sell", "more info please", "help me find a condo"])
def test_help_in_a_sentence_is_a_question_for_a_reading(text: str) -> None:
    assert signal(text) is Signal.NONE


def test_a_stop_is_found_at_the_end_of_a_long_message() -> None:
    assert signal("We looked at many homes. " * 400 + "Now take me off your list.") is Signal.STOP


@given(st.text(max_size=300))
def test_no_text_makes_it_raise(text: str) -> None:
    assert signal(text) in Signal


@given(st.sampled_from(_SURE), st.sampled_from(["", "!", "!!!", " 🙏", "\n"]))
def test_case_and_a_closing_flourish_never_weaken_a_stop(text: str, flourish: str) -> None:
    assert signal(text.upper() + flourish) is Signal.STOP
    assert signal(text.lower() + flourish) is Signal.STOP


@pytest.mark.parametrize(
    "piece", ["stop texting me ", "don't text me if. ", "a ", "stop. ", "no me ", '<>"“', "\ud800", "e\u0301"]
)
def test_a_hostile_message_takes_no_longer_than_a_long_one(piece: str) -> None:
    began = time.perf_counter()
    signal(piece * 50_000)
    assert time.perf_counter() - began < 0.5


@pytest.mark.parametrize(
    "text, meant",
    [
        ("I do not wish to receive these", Signal.STOP),
        ("Leave me tf alone", Signal.STOP),
        ("kindly desist", Signal.STOP),
        ("⛔", Signal.DOUBT),
        ("we're all set, no need to text", Signal.DOUBT),
        ("text me don't call", Signal.DOUBT),
        ("don't text me call me", Signal.DOUBT),
        ("She's deceased", Signal.DOUBT),
        ("I'm not Maya", Signal.DOUBT),
        ("not Maya", Signal.DOUBT),
        ("Number changed", Signal.DOUBT),
        ("I'm not sure", Signal.NONE),
        ("not yet", Signal.NONE),
        ("I am not ready", Signal.NONE),
        ("Text me the address", Signal.NONE),
    ],
)
def test_what_was_missed_once_is_heard(text: str, meant: Signal) -> None:
    assert signal(text) is meant
