"""How soon a person means to act, by their words: steps they are taking, deadlines, days they name, and slow words.

Urgency is that of buying, selling or renting a home themselves. Words about anything else, and those of somebody who is
done (`local_errands`), never come here. Of the rest the first table that matches decides: what only looks
slow is taken out, slow words win over fast ones, because haste is the costlier thing to imagine, and a step or a
deadline over a span of months.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from integrations.language_model import Urgency

_DAY = (
    r"(?:(?:mon|tues?|wednes|thurs?|fri|satur|sun)day|mon|tues?|wed|thu|thurs?|fri"
    r"|(?:sat|sun)(?! (?:there|here|on|down|in|at|for|with|empty|vacant|through|room|porch|deck)))"
)
_FEW = r"(?:\d{1,2}|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|few|couple(?: of)?)"
_SPAN = rf"(?:{_FEW} days?|(?:[1-4]|an?|one|two|three|four|few|couple(?: of)?|(?:2|two) (?:or|to) (?:3|three)) weeks?)"
"""At most a month, or so."""
_GAP = r"[^.?!\n]{0,30}?"
_OF_THE_MONTH = r"the \d{1,2}(?:st|nd|rd|th)"

_OWN_PACE = (
    r"\b(?:will|i'll|we'll|going to) (?:look|check|read|think|review|take a look|go (?:over|through)|let you know)\b",
    r"\b(?:we'll|i'll|will) (?:call|write|find|contact|reach out to) you\b",
    r"\b(?:you|your) (?:called|texted|emailed|said) (?:today|yesterday)\b",
)

_LOOKS_SLOW = (
    r"\bsaid (?:i was |we were )?just looking\b",
    r"\b(?:don't|can't|won't|not) wait (?:until|till|any)\b",
    r"\blast \w+ you thought\b",
    (
        r"\b(?:been|for|over|past|took|last|every|within|about|in|another|once) (?:the )?(?:last |past )?"
        r"(?:\w+ )?(?:years?|months?) (?:ago|old|now)\b"
    ),
    r"\bnot (?:right )?now\b|\b(?:for|by|just|until|until|till) now\b|\bnow and (?:then|again)\b",
    r"\bmonths?(?:'s?)? (?:up ?front|rent|deposit|in advance|lease|of rent|prepaid|behind|pregnant|free|old|worth)\b",
    r"\b\d+ months? (?:up ?front|rent|deposit|in advance|lease|of rent|prepaid|behind|pregnant|old)\b",
    r"\b\w+[- ]years? (?:old|already|fixed|rates?|mortgage|loan|lease|term)\b",
    r"\b(?:once|twice|times|every|per|each) (?:an? )?(?:week|month|year)\b|\bnot this (?:week|weekend|month|year)\b",
    r"\bwhenever (?:you|works|suits|is good|it suits)\b",
)

_SLOW = (
    (
        r"\b(?:no (?:rush|hurry|pressure)|not in (?:a|any) (?:rush|hurry)|just (?:looking|browsing|curious|nosy"
        r"|wondering"
        r"|dreaming)|(?:for|just) fun|someday|some day|eventually|one of these days|down the (?:road|line)|whenever"
        r"|exploring|slow down|too (?:soon|early) to|day ?dream\w*|so,? never|window shopping"
        r"|(?:a )?(?:long )?ways? (?:off|out|away)|a long way|not ready|no (?:plans|timeline|time ?frame|set date)"
        r"|early (?:days|stages)"
        r"|at some point|toying with|keep(?:ing)? an eye|\w+[- ]year plan|not (?:any time|anytime) soon)\b"
    ),
    (
        r"\b(?:next|the following) (?:year|spring|summer|fall|autumn|winter|january|february|march|april|may|june|july"
        r"|august|september|october|november|december)\b"
    ),
    (
        r"\bof next year\b|\bend of (?:the|next|this) (?:year|january)\b"
        r"|\baround (?:christmas|the holidays)\b"
    ),
    (
        rf"\b(?:(?:an?|one|two|three|four|five|six|ten|few|couple(?: of)?|\d+|half|several|more)(?: more| to \w+"
        rf"| ?- ?\d+| and a half)? years?|years (?:away|off|left|from)|{_FEW} years?)\b"
    ),
    r"\b(?:[6-9]|1\d|2\d|3\d|six|seven|eight|nine|ten|eleven|twelve|eighteen|twenty)\+?(?: to \w+| ?- ?\d+)? months?\b",
    (
        r"\b(?:until|till|when|unless|once|if)\b[^.?!\n]{0,25}\b(?:rates|prices?|market)\b[^.?!\n]{0,15}"
        r"\b(?:under|below|down|drops?|drop|come|fall|better)"
    ),
    (
        r"\b(?:when|until|till|before|after|once)\b[^.?!\n]{0,20}\b(?:retires?|retirement|graduates?|passes|pension"
        r"|kids (?:finish|are (?:done|grown|through))|finish(?:es)? (?:school|college)|out of school)\b"
    ),
    r"\b(?:saving|save) up\b|\bcredit(?:'s| is)? (?:\d|bad|poor|not|needs)|\bgive it a year\b|\bwaiting list\b",
    r"\blay of the land\b|\bmight (?:get|be) \w+\b[^.?!\n]{0,30}\bif\b",
)

_STEP = (
    # an offer
    (
        rf"\b(?:make|put(?:ting)?|submit(?:ting)?|writ(?:e|ing)|get(?:ting)?|send(?:ing)?|do|place|bring)\b{_GAP}"
        r"\boffers?\b(?! (?:reply|free))"
    ),
    r"\b(?:offer (?:in|today|tonight|now)|backup offer|we'll offer|i'll offer|ready to offer)\b",
    (
        r"\bgo(?:ing)? in at \$?\d|\b(?:full|asking) price\b(?!.*\?)|\b(?:pay|at|over|above) asking\b"
        r"|\bmeet ?(?:'?em|them) at \$?\d|\bcounter (?:at|with|them)\b"
    ),
    (
        r"\b(?:we|i)(?:'ll| will|'d| would)? (?:take|want) it\b(?! off)(?! (?:to (?:be|stop)|fixed))|\bwrite (?:it"
        r"|one) up\b"
        r"|\bgoing for (?:that|it|this)\b|\bhas my name on it\b|\bwaive the\b"
    ),
    # a place, a slot, a way there
    (
        r"\b(?:book (?:me|us|it|that|a)|(?:sign|put|pencil|squeeze|fit) (?:me|us) (?:up|down|in)|(?:first|earliest"
        r"|next|any) (?:open )?"
        r"(?:slot|opening|appointment)|(?:on|am|we're) (?:my|our) way|in the car|be there in|be (?:right )?over"
        r"|\d+ min(?:ute)?s?"
        r" (?:away|out)|in \d+ min(?:ute)?s?|around the corner|down the street (?:right )?now|heading (?:over|there"
        r"|that way))\b"
        r"|\bdeadline\b|\blet's (?:go for it|get it|grab it|take it|write|submit|sign|close)\b|\bwe're (?:all )?in\b"
        r"|\bwhere (?:do|should|can) (?:i|we) (?:send|wire|pay|drop|mail|bring|deposit)\b|\b(?:submit"
        r"|send in) (?:something|an? offer"
        r"|our offer|the application|it (?:today|tonight|now))\b"
    ),
    (
        r"\b(?:draw|write|set|line|wrap) (?:it|that|one|this|them) up\b|\bready when you are\b|\bsay when\b"
        r"|\bmake it happen\b"
        r"|\b(?:put in|fill(?:ed)? out|submit(?:ted)?|send|start|turn in|drop off) (?:an?|the|my|our) application\b"
        r"|\b(?:how (?:do|can) (?:i|we)|can (?:i|we)|where (?:do|can) (?:i|we)) apply\b|\bapply (?:today|now|online"
        r"|asap)\b"
    ),
    # what comes next
    (
        r"\b(?:what's|what are|what is|whats) (?:the |our |my )?(?:next|first) steps?\b|\bwhere do (?:we"
        r"|i) (?:go from here|begin"
        r"|start)\b|\bhow (?:do|can|should) (?:we|i) (?:proceed|move forward|get (?:started|going|this (?:started"
        r"|going))|go ahead)\b"
        r"|\bwhat (?:do|should) (?:we|i) (?:do|need to do) (?:first|next|now)\b|\bwhat do you need from (?:me|us)\b"
        r"|\bwhere (?:we|to) (?:begin|start)\b"
    ),
    (
        r"\b(?:when|how soon|how early) (?:can|could|may) (?:we|i|you|somebody|someone|your) (?:go|see|come|get"
        r"|look|tour|move in"
        r"|meet|talk|show|visit|walk|be here|start|list)\b"
        r"|\bbidding war\b|\b(?:got|keep getting|been) outbid\b|\blost (?:another|out|two|2|three|3|it)\b"
        r"|\b(?:anything|something) (?:new|else|open|available) (?:today|tomorrow|this|right now|now)\b"
    ),
    # papers and money
    (
        r"\b(?:where|what|when|how) (?:do|can|should|would) (?:i|we) (?:sign|apply)\b|\bneed to sign\b"
        rf"|\b(?:send|email|bring|sends|who has|drop off|need)\b{_GAP}"
        r"\b(?:contract|papers|paperwork|application|lease|forms)\b|\b(?:do|sign) (?:a|the) lease\b"
    ),
    (
        r"\b(?:deposit|first and last|down payment|application|rent|funds|money|cash)\b[^.?!\n]{0,20}?"
        r"\b(?:ready|saved|filled out|in hand|sitting|in the bank|down)\b|\bapplication(?:'s)? (?:filled|done)"
    ),
    (
        r"\b(?:got|have|has|paying|with|pay) (?:the |in |all )?cash\b|\bthere will be no lender\b"
        r"|\bcash,? (?:\d+ day|quick|fast) close\b|\b\d+ day close\b"
    ),
    # a house to be sold
    (
        r"\b(?:need|want|have)(?:s|ed)? (?:it|this|the (?:house|place|home)|our (?:house|home|place)|my (?:house"
        r"|home|place))"
        r" (?:sold|listed|gone|on the market|back on the market|settled)\b"
    ),
    (
        r"\bback on the market (?:this|by|asap|today|now)|\bon the market (?:immediately|asap|soon|this (?:week|month)"
        r"|by the|today|right away)\b|\blist it\b(?! on)|\bready to (?:list|sign|start|sell|buy|move|go|get going"
        r"|make)\b"
        r"|\byou're hired\b|\bstart right away\b|\bsign the listing\b|\bmoved it up\b"
        r"|\b(?:let's (?:do it|do this|go ahead|move forward|get (?:started|going|it done|the ball rolling)|list"
        r"|make an offer)"
        r"|(?:ready|like|want|love) to (?:move forward|proceed|go ahead|pull the trigger|get (?:started|going"
        r"|the ball rolling))"
        r"|we're in\b|count us in|take offers|photographer|behind on (?:my|our|the) (?:payments|mortgage))\b"
    ),
    # there, or there first
    (
        r"\b(?:i'm|we're|am|standing|sitting|parked|waiting) (?:standing |sitting |parked |right )*"
        r"(?:outside|in front of|at the (?:house|door|property|place|building)|on the block|out front"
        r"|across the street)\b"
    ),
    r"\b(?:let me in|come now|free (?:right )?now|line (?:them|'em) up|first in the door|first (?:one )?in line)\b",
    (
        r"\bbefore (?:they|every ?(?:body|one)|some ?(?:body|one)|any ?(?:body|one))\b(?! (?:else )?(?:knows?|wakes?))"
        r"|\b(?:don't|not) want to lose it\b|\bas many (?:showings|homes|houses|places) as\b"
    ),
    # nowhere to live
    (
        r"\bin an? (?:motel|hotel|rv|camper|shelter|tent)\b|\bliving in (?:the|an?|our|my) (?:rv|car|camper|motel"
        r"|van)\b"
        r"|\bnowhere to (?:live|go|stay)\b|\bsold (?:our|my|the) (?:building|place out from under)\b|\bevict\w+"
        r"|\bforeclos\w+|\bauction\b"
        r"|\bmovers are\b|\bgave us \d+ days\b|\bhave to be out\b|\bwe want out\b|\bneed to be out\b"
        r"|\bnotice to (?:vacate|leave|move)\b|\b30[- ]day notice\b|\blandlord(?:'s| is)? (?:selling|sold|kicking)"
        r"|\bcouch ?surfing\b|\bhomeless\b|\bneed (?:a|some) ?place (?:asap|now|by|right)|\bmove[- ]?in (?:asap"
        r"|immediately"
        r"|right away|today|tomorrow|this|on the \d)"
    ),
    # here for a few days
    (
        rf"\bin town (?:this|until|till|til|for (?:the|a|\d|two|three)|{_DAY}|tomorrow|today|now)"
        rf"|\b(?:flying|driving|coming) (?:in|down|up|over|through)?\b[^.?!\n]{{0,20}}?\b(?:{_DAY}|today|tomorrow"
        rf"|this|tonight)\b"
        rf"|\bonly here (?:until|for|till)\b|\b(?:{_DAY}|tomorrow|today|week) off\b|\bhouse ?-?hunting (?:leave|trip)\b"
    ),
)

_DEADLINE = (
    r"\b(?:by|before) then\b",
    (
        rf"\b(?:on|is) {_OF_THE_MONTH}\b|\b(?:by|before|until|till|til) (?:{_OF_THE_MONTH}|{_DAY}"
        rf"|the end of (?:the|this) (?:month|week))\b"
    ),
    (
        rf"\b(?:in|within|have|has|another|about|next|thats|that's|only|gave us|got)(?: the| about"
        rf"| only)?(?: next)? {_SPAN}\b"
        rf"|\b{_SPAN} (?:from now|left|away|out)\b|\bdays from now\b|\b3\d weeks(?: pregnant)?\b|\bdue (?:any|in)\b"
    ),
    r"\b(?:expires?|runs? out|rate lock|lease (?:is up|ends))\b[^.?!\n]{0,20}\b(?:\d+ (?:days|weeks)|the \d|this)",
    (
        rf"\b(?:closing|closes|close|starts?|report|arrive)(?:'s| is)?\b[^.?!\n]{{0,14}}\b(?:{_OF_THE_MONTH}|{_DAY}"
        r"|in \d+ (?:days|weeks))"
    ),
    (
        r"\b(?:asap|a\.s\.a\.p|urgent(?:ly)?|immediate(?:ly)?|right away|as soon as possible|emergency|quickly|quickest"
        r"|fastest|how (?:fast|soon|quick(?:ly)?) can|in a hurry|desperate(?:ly)?|must (?:sell|move|buy)|0 ?- ?30 days"
        r"|as we speak|right now|any ?time (?:today|now)|and soon|half (?:an )?hour|in an hour|within the hour)\b"
    ),
    r"\bas of now\b|(?<!until )(?<!till )\bnow\b(?! (?:and|that|a|an|the|it|we're renting|renting)\b)(?=\W*$)",
)

_NEAR = (
    (
        rf"\b(?:today|tonight|tomorrow|tmrw|tmw|this (?:week|wk|weekend|morning|afternoon|evening|{_DAY}"
        rf"|coming {_DAY}|month)|(?:next |on |for )?{_DAY}\b|(?:early|first thing|later) today|all weekend|\d ?[ap]m)\b"
    ),
)
"""Days near enough that somebody who asks for something then is in a hurry."""

_ASKS = (
    (
        r"\b(?:see|view|tour|visit|look at|look|walk|show|come|stop by|swing by|meet|go (?:in|inside|through|see)"
        r"|get in"
        r"|inside|call|ring|phone|talk|speak|sit down|list|sell|offer|sign|apply|buy|rent|move|showings?|tours?|open it"
        r"|house hunting|find a|available|free|morning|noon|bring|works|suits?|good|line them)\b"
    ),
)

_MONTHS = (
    r"\b(?:soon|this (?:month|spring|summer|fall|autumn|winter)|next (?:month|week|weekend|couple|few)|coming weeks)\b",
    (
        rf"\b(?:[1-5]|one|two|three|four|five|couple(?: of)?|few)(?: (?:to|or) \w+| ?- ?\d+)? months?\b|\b{_FEW}"
        r"(?: to \w+| or \w+)? weeks?\b|\b(?:30|45|60|90) days\b"
    ),
    (
        r"\bin (?:a|the next) (?:month|few months|couple)|\blease (?:is up|ends|expires|runs)|\bbefore (?:school"
        r"|the holidays|thanksgiving|christmas)|\bby (?:halloween|thanksgiving|christmas|labor day|memorial day|easter"
        r"|summer|fall|winter|spring)"
    ),
    (
        r"\b(?:by|in|on|until|till|til|of|before|middle of|end of|mid|early|late|around) ?-?(?:the )?(?:end of "
        r"|middle of )?"
        r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
        r"|nov(?:ember)?|dec(?:ember)?)\b|\bschool starts\b"
    ),
)


@cache
def _any(sources: Iterable[str]) -> re.Pattern[str]:
    """One pattern of many, compiled when somebody first writes."""
    return re.compile("|".join(f"(?:{source})" for source in sources))


def urgency(words: str) -> Urgency:
    """How soon the writer of these `plain` words means to act."""
    if _any(_OWN_PACE).search(words):
        return Urgency.LOW if _any(_SLOW).search(words) else Urgency.UNKNOWN
    words = _any(_LOOKS_SLOW).sub(" ", words)
    if _any(_SLOW).search(words):
        return Urgency.LOW
    if _any(_STEP).search(words) or _any(_DEADLINE).search(words):
        return Urgency.HIGH
    if _any(_MONTHS).search(words):
        return Urgency.MEDIUM
    if _any(_NEAR).search(words) and _any(_ASKS).search(words):
        return Urgency.HIGH
    return Urgency.UNKNOWN
