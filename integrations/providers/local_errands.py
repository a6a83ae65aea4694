"""Messages that use the words of buying and renting but are about no move of the writer's own.

Somebody sells us something, a tenant wants a repair, another agent or an appraiser works on a deal, money or a lost
ring is wanted back, a prize draw needs a gift. A person reads them (`OUT_OF_SCOPE`); nobody is called out as for a
hot lead. A wish to stop, a wrong person and a complaint stay what they are. Whoever turns us down, or bought by now,
is in no hurry, whatever hours and days they name.
"""

from __future__ import annotations

import re
from functools import cache

from integrations.language_model import STOPS, Intent
from integrations.providers.local_meaning import Meaning

_SURE, UNSURE = 0.7, 0.45
_KEPT = STOPS | {Intent.COMPLAINT, Intent.ARE_YOU_A_BOT, Intent.THANKS, Intent.NOT_INTERESTED}
_REASON = "is about no move of their own"

_ERRANDS = (
    # they sell to us
    (
        r"\b(?:(?:exclusive|seller|buyer|motivated|qualified) leads|leads in your|group rates|offer (?:you"
        r"|your agents|agents)"
        r"|your (?:agents|brokerage|business|company|website|office)\b[^.?!\n]{0,40}\b(?:rates?|offer|save|grow"
        r"|rank|seo"
        r"|insurance|leads?)|(?:free|book a) demo|partner(?:ship)? with you|seo\b|marketing (?:services|agency|package)"
        r"|e ?(?:&|and) ?o insurance|for (?:realtors|agents|brokers)|we (?:offer|provide|specialize in) [a-z]+"
        r"|i (?:sell|represent|work for) [a-z]+|solar (?:panels|company)|our (?:product"
        r"|software|platform|services)|vendor)\b"
    ),
    # a machine answers for them
    (
        r"\b(?:out of (?:the )?office (?:until|till|from|through|on|and)|limited access to (?:my )?email"
        r"|auto(?:matic)?[- ]?reply"
        r"|do not disturb|i'll see your message when|no longer monitor\w*|mail delivery)\b"
    ),
    # they cheat
    (
        r"\b(?:mailbox|quota|verify (?:your |the )?account|bank details|wire (?:me|the money)|western union|gift cards?"
        r"|next of kin|inheritance|late (?:colonel|husband|general)|lottery|you(?:'ve| have) won|send this to"
        r""
        r"|forward this|crypto|your property at|would you consider an offer|reply yes)\b"
    ),
    # work on a deal, or looking for work
    (
        r"\b(?:my listing|your (?:client|buyer|seller)s?\b[^.?!\n]{0,30}\b(?:feedback|offer|showing)|feedback (?:on"
        r"|for)"
        r"|appraisal (?:services|appointment|access)|lender's appraisal|(?:lockbox|gate) code|(?:i'm"
        r"|i am) an? (?:agent|realtor|broker|appraiser|inspector|photographer|stager)|(?:this is|i'm)"
        r"[^.?!\n]{0,30}\b(?:with|from|at) [a-z]+(?: [a-z]+)? (?:realty|escrow|properties|title|appraisal"
        r"|inspections?|mortgage"
        r"|insurance))\b"
    ),
    (
        r"\b(?:hang my licen[sc]e|looking for a brokerage|passed my exam|are you hiring|job (?:opening|openings)"
        r"|my resume"
        r"|internship|join your team)\b"
    ),
    # a tenant's or an owner's trouble
    (
        r"\b(?:maintenance|repair ?man|plumb(?:er|ing)|heater|furnace|a/?c|air condition\w*|toilet|leak(?:ing|s|y)?"
        r"|mold"
        r"|roaches|mice|broken|clogged|no (?:heat|hot water|power))\b[^.?!\n]{0,60}\b(?:send|fix|out (?:at|in|since"
        r"|again)"
        r"|asap|maintenance|again|someone|somebody|today)\b"
    ),
    (
        r"\b(?:locked out|lost (?:my|the) keys?|(?:pay|late on) (?:my|the) rent|my landlord|(?:raise|raising) the rent"
        r"|(?:application |security |deposit )?(?:fee|deposit|refund|money) back|refund(?:ed)?)\b"
    ),
    (
        r"\b(?:roofer|plumber|handyman|electrician|landscaper|contractor|cleaner|painter|mover|moving company"
        r"|babysitter|inspector)s?\b(?=[^.!\n]*\?)(?<!my contractor)(?<!our contractor)"
    ),
    (
        r"\b(?:lost|left|dropped|forgot|missing) (?:my|an?|our|his|her) (?:[a-z]+ )?(?:earrings?|ring|keys?|phone"
        r"|wallet"
        r"|purse|jacket|glasses|sunglasses|umbrella|hat|scarf|bag|charger|toy|watch|necklace)\b|\bif it turns up\b"
    ),
    # no home is wanted
    r"\b(?:refinanc(?:e|ing)|refi)\b",
    (
        r"\b(?:raffle|fund ?raiser|gift basket|donat(?:e|ion)|sponsor(?:ship)?|church|bake sale"
        r"|little league)\b[^.?!\n]{0,80}\b(?:raffle|office|donat\w+|sponsor\w*|basket|prize|support)\b"
    ),
    (
        r"\b(?:bachelor(?:ette)?|sleeps \d+|check-?in|check ?out|party of|hot tub|per night|nightly|air ?bnb"
        r"|reservation|spring break)\b"
    ),
    (
        r"\b(?:writing a (?:report|paper|story|article)|(?:school|class) project|homework|thesis|research paper"
        r"|reporter"
        r"|journalist|student at|junior at|senior at)\b"
    ),
)


_DONE = (
    (
        r"\b(?:never ?mind|cancel (?:that|it|the|our|my)|have to cancel|(?:not|n't) (?:buying|selling|moving"
        r"|interested)"
        r"|no longer|done looking|done with (?:real estate|house hunting)|keeping it|the end of (?:it|this|that|our"
        r"|my|real|house)"
        r"|changed (?:my|our) minds?"
        r"|pass on (?:it|that|this)|don't need (?:a|an|any|your|to (?:move|buy|sell|rent))|put the brakes"
        r"|let it rest|can't think about|fell through"
        r"|only wanted to|passed (?:away|on)|has died|in the hospital"
        r"|(?:isn't|not) sold on)\b"
    ),
    (
        r"\b(?:already (?:bought|closed|sold|found|signed|rented|have an? agent)|(?:we|i|nope|no) closed|just closed"
        r"|signed with|went with (?:an|some)other|(?:with|have|got) (?:my|our) (?:own )?(?:agent|realtor)|(?:my"
        r"|our) (?:own )?(?:agent|realtor|broker)\b(?<!fired our agent)(?<!fired my agent)(?! (?:retired|quit|left"
        r"|died|never)))\b"
    ),
    r"^\W*(?:no thanks|no thank you|thank you,? no|not for us|not our style)\b",
    r"\bif you(?:'re| are) ever\b",
)
_TAKES_PART = frozenset(
    {Intent.AFFIRM, Intent.PROVIDE_INFO, Intent.SCHEDULE_SHOWING, Intent.WANTS_CALL, Intent.VALUATION, Intent.QUESTION}
)


def weighed(meant: Meaning, words: str) -> tuple[Meaning, bool]:
    """What `plain` words mean after all, given what they were taken for, and whether a move of their own is in them.

    Who takes no part any more, and asks nothing, said no, as far as anybody can tell.
    """
    if _any(_ERRANDS).search(words):
        return (meant if meant.intent in _KEPT else Meaning(Intent.OUT_OF_SCOPE, _SURE, _REASON)), False
    if "?" in words or not _any(_DONE).search(words):
        return meant, True
    return (Meaning(Intent.DENY, UNSURE, "seems to turn it down") if meant.intent in _TAKES_PART else meant), False


@cache
def _any(sources: tuple[str, ...]) -> re.Pattern[str]:
    """One pattern of many, compiled when somebody first writes."""
    return re.compile("|".join(f"(?:{source})" for source in sources))
