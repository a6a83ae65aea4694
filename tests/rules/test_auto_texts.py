from __future__ import annotations

import pytest

from agent.rules.auto_texts import asks_to_stop, is_automatic

_MACHINES = (
    "I’m driving with Do Not Disturb While Driving turned on. I’ll see your message when I get where I’m going.",
    "I'm driving with Driving Focus turned on. I’ll see your message when I get where I’m going.",
    "(I’m not receiving notifications. If this is urgent, reply “urgent” to send a notification through.)",
    "I'm driving right now - I'll get back to you later",
    "Auto-Reply: I am away from my phone.",
    "[Automatic reply] We are closed until Monday. Reply STOP to opt out.",
    "This is an automated message. This inbox is not monitored. To stop these messages reply STOP",
    "I am out of the office until Monday and will respond when I return.",
    "Out of office until 12/3. For urgent matters call Jane.",
    "Thanks for your message. I'm on vacation through Friday. I will reply when I'm back.",
    "This number cannot receive text messages",
    "Respuesta automática: estoy fuera de la oficina",
    "Estoy manejando, le llamo más tarde",
)

_PEOPLE = (
    "STOP",
    "I'm driving to see the house now",
    "I'm driving, what's the address?",
    "I'm out of the office, can you call tomorrow?",
    "I'm away until Monday, call me then",
    "This is an automated message isn't it? stop texting me",
    "Auto reply? Stop texting me",
    "is this an automated message",
    "does the garage have an automatic gate?",
    "I will be out of town until Friday, can we see it Saturday?",
    "Thanks for your message, Saturday works",
    "",
)


@pytest.mark.parametrize("text", _MACHINES)
def test_what_a_phone_sends_by_itself_is_automatic(text: str) -> None:
    assert is_automatic(text)


@pytest.mark.parametrize("text", _PEOPLE)
def test_what_a_person_writes_is_not_and_a_stop_beside_the_usual_wording_is_a_persons(text: str) -> None:
    assert not is_automatic(text)


@pytest.mark.parametrize(
    "text, asks",
    [
        ("Please remove me from your list.", True),
        ("I no longer work at Acme. Please take me off your mailing list.", True),
        ("Unsubscribe", True),
        ("I am out of the office. To stop these messages write STOP.", False),
        ("Thank you for your email. To unsubscribe click here.", False),
        ("Thanks for contacting Acme. Reply STOP to opt out.", False),
        ("I am out until Monday; for urgent matters stop by the front desk.", False),
    ],
)
def test_a_machines_mail_asks_to_stop_when_its_words_do_and_not_when_it_tells_others_how(
    text: str, *, asks: bool
) -> None:
    assert asks_to_stop(text) is asks
