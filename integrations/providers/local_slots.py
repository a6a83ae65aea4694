"""Facts a lead names, found by patterns: place, rooms, price, times, pre-approval, another agent.

Works on text as `local_words.tidy` leaves it, with our last message as context. It returns the person's own words,
except rooms, which become figures, and prices, which become whole dollars. Turning a phrase into a date is left to code
that knows the day and the lead's zone. Of family, faith, origin, disability and income nothing is kept.
"""

from __future__ import annotations

import re

from integrations.language_model import Slots
from integrations.providers.local_moments import moments
from integrations.providers.local_money import price
from integrations.providers.local_places import area, home, without_addresses
from integrations.providers.local_rooms import SLASHED, rooms

_APPROVAL = r"pre-? ?(?:approv|qualif)"
_APPROVED_NOT = re.compile(
    rf"\b(?:not|n't|never|haven't|hasn't|without|need to get|have to get|still need|trying to get|waiting (?:for|on)"
    rf"|working on(?: getting)?|getting)\b(?: \w+){{0,3}} (?:a )?{_APPROVAL}\w*|\bnot (?:yet )?approved\b"
)
_APPROVED_ASK = re.compile(rf"\b(?:how|should|do i|do we|can i|can we|what)\b[^.!\n]*\b{_APPROVAL}")
_APPROVED = re.compile(
    rf"\b{_APPROVAL}\w*\b|\bapproved (?:for|by|with|through|at|already|us|me)\b|\b(?:cash buyers?|paying (?:in "
    r"|all )?cash"
    r"|all cash|cash offer|(?:pay|buying) (?:in |with )?cash|financing (?:is )?(?:lined up|in place)"
    r"|proof of funds|loan (?:is )?approved)\b"
)
_AGENT_NOT = re.compile(
    r"\b(?:don't|do not|dont|doesn't|not|no|without|haven't|never|need|looking for|find)\b(?: \w+){0,4} (?:agent"
    r"|realtor|broker)s?\b|\b(?:fired|dropped|lost|old|last|former|previous|other) (?:\w+ ){0,2}(?:agent|realtor"
    r"|broker)\b"
    r"|\b(?:agent|realtor|broker) (?:retired|quit|left|ghosted|moved|died|dropped|isn't|is not|never)\b"
)
_AGENT = re.compile(
    r"(?<!you )\b(?:have|'ve got|got|working with|signed with|using|hired|represented by|my|our"
    r"|(?<!speak )(?<!talk )(?<!chat )(?<!meet )with) (?:already )?(?:a |an |my |our |another )?(?:\w+ )?(?:agent"
    r"|realtor|broker)\b(?! (?:call|phone|ring|contact|text|email|reach|meet|come|show|get))"
)
_ASKED_APPROVAL = re.compile(rf"\b{_APPROVAL}|\bapproved\b|\bpaying cash\b")
_ASKED_AGENT = re.compile(
    r"\b(?:working with|have|got|represented by|using|hired|signed with)\b(?: \w+){0,3} (?:agent|realtor|broker)\b"
)
_YES = re.compile(r"^\W*(?:yes|yeah|yep|yup|i am|we are|i do|we do|i have|we have|sure am|already)\b(?!,? but)")
_NO = re.compile(r"^\W*(?:no|nope|nah|not yet|not currently|i'm not|we're not|i don't|we don't|haven't|i haven't)\b")


def slots(text: str, *, asked: str, visit: bool) -> Slots:
    """Find what the text names. `asked` is our last message; `visit` says that a time is for a showing or a call."""
    asked = asked.lower()
    bare = without_addresses(text)
    plain = bare.lower()
    beds, baths = rooms(plain, asked)
    low, high = price(plain, asked)
    visit_time, move_date = moments(SLASHED.sub("#", bare), asked, visit=visit)
    return Slots(
        area=area(bare, asked),
        property=home(text),
        beds=beds,
        baths=baths,
        price_min=low,
        price_max=high,
        visit_time=visit_time,
        move_date=move_date,
        pre_approved=_pre_approved(plain, asked),
        has_agent=_has_agent(plain, asked),
    )


def _pre_approved(text: str, asked: str) -> bool | None:
    if _APPROVED_NOT.search(text):
        return False
    if _APPROVED.search(text):
        return None if _APPROVED_ASK.search(text) else True
    return _answer(text) if asked and _ASKED_APPROVAL.search(_question(asked)) else None


def _has_agent(text: str, asked: str) -> bool | None:
    if _AGENT_NOT.search(text):
        return False
    if _AGENT.search(text):
        return True
    return _answer(text) if asked and _ASKED_AGENT.search(_question(asked)) else None


def _answer(text: str) -> bool | None:
    if _NO.search(text):
        return False
    return True if _YES.search(text) else None


def _question(asked: str) -> str:
    """The last question of our message; "" where there is none."""
    before, mark, _after = asked.rpartition("?")
    return re.split(r"[.!?\n]", before)[-1] if mark else ""
