"""The area somebody looks in and the home they speak of, in their own words. There is no list of places.

An area is what follows in, near, around or moving to, what stands before “area” or “apartment”, and what answers our
question where. Whom people live beside is not an area: a church, a mosque or a community is left out.
"""

from __future__ import annotations

import re

_MONTH = (
    r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?"
)
_DAY = r"mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:rs(?:day)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?"
_ADDRESS = re.compile(
    r"\b\d{1,5} (?!(?:full )?(?:bed|bath|br\b|ba\b|room|stor|car\b|acre|unit|min|mile"
    r"|block))(?:[NSEW]\.? )?(?:[A-Za-z0-9][\w']*\.? ){1,3}(?:st|street|ave|avenue|rd|road|dr|drive|ln|lane|ct"
    r"|court|blvd|boulevard|way|pl|place|cir"
    r"|circle|ter|terrace|trl|trail|pkwy|parkway|hwy|loop)\b\.?|\bmls ?#? ?\d{4,}",
    re.IGNORECASE,
)
_NEVER = (
    rf"{_MONTH}|{_DAY}|the|a|an|my|our|your|his|her|their|its|this|that|these|those|it|here|there|any|some|all"
    r"|which|what"
    r"|when|where|who|why|how|you|me|us|them|we|they|he|she|i|i'm|i'd|that's|it's|and|or|but|so|if|for|with|to|no"
    r"|not|yes"
    r"|ok|okay|sure|about|between|both|each|every|either|one|two|three|four|five|six|seven|eight|half|good|great"
    r"|need|love"
    r"|tonight|today|tomorrow|past|last|next|same|early|late|first|second|nearby|inside|outside|something|anything"
    r"|anywhere"
    r"|everywhere|somewhere|nothing|other|another|else|hi|hello|hey|thanks?|thank|please|sorry|yup|yep|yeah|yea"
    r"|nope|sounds"
    r"|go|try|check|make|made|needs?|wants?|think|perfect|awesome|actually|pull|switch|tell|cool|correct|right|hoa"
    r"|mls|fha|va"
    r"|tv|ac|isn't|aren't|don't|can't|won't|now|asap|soon|later|again|as|at|by|of|on|from|up|down|over|under|only"
    r"|just|also"
    r"|maybe|perhaps|is|are|was|be|can|could|do|does|did|would|will|should|have|has|had|let|let's|find|show|get"
    r"|give|look"
    r"|search|buying|selling|renting|seeing|moving|looking|getting|viewing|finding|investing|calling|living|being"
    r"|having"
    r"|is|idk|dunno|unsure|undecided|whatever|wherever|flexible|open|depends|pets?|furnished|cheap\w*|nice|[a-z]+ly"
)
_COMMON = (
    r"case|cash|escrow|contract|touch|person|mind|time|advance|fact|order|general|particular|contact|question"
    r"|response|reply"
    r"|exchange|excess|shape|town|school|college|church|works?|charge|return|recovery|debt|foreclosure|full|total"
    r"|addition"
    r"|front|process|progress|writing|trouble|hurry|hospital|jail|bed|spring|summer|fall|autumn|winter|noon"
    r"|morning|afternoon"
    r"|evening|night|future|meantime|market|middle|end|beginning|start|mid|near|close|areas?|cit(?:y|ies)"
    r"|locations?|places?"
    r"|region|neighbou?rhoods?|communit(?:y|ies)|vicinity|suburbs?|county|state|country|apartments?|houses?|homes?"
    r"|condos?"
    r"|propert(?:y|ies)|units?|building|complex|listing|kitchen|yard|garage|bedrooms?|bathrooms?|rooms?|basement"
    r"|pool|price"
    r"|budget|range|economical|least|most|more|less|days?|weeks?|months?|years?|hours?|minutes?|kids|schools?|parks?"
    r"|mosque|synagogue|temple|parish|chapel|shul|gurdwara|wheelchair|airport|transit|train|bus|beach|water|lake|ocean"
    r"|family|friends?|parents?|advertisement|ad|email|mail|text|message|new|common|inventory|construction|closing"
    r"|business"
    r"|english|spanish|life|regards?|taxes|local|flight|too|theory|practice|pain|luck|danger|hand|line|stock"
    r"|better|downsize|downsizing|retirement|assisted|section"
)
_NOT = rf"(?!(?i:{_NEVER})\b)"
_NOT_LOWER = rf"(?!(?i:{_NEVER}|{_COMMON}|\d+)\b)"
_NOT_NEXT = (
    rf"(?!(?i:{_MONTH}|{_DAY}|i|i'm|i'd|and|or|but|with|is|it|please|thanks?|apartments?|homes?|houses?"
    r"|area|also|that|which|too|looks?|would|will|should|and)\b)"
)
_CONNECTED = r"(?:of|de|del|la|las|los|the|on)"
_KIN = (
    r"(?i:city|view|valley|heights|hills?|beach|park|springs?|creek|lake|lakes|county|village|rock|point|bay"
    r"|island|grove)"
)
_BEGINS = r"(?:[Ss]an|[Ss]anta|Los|Las|El|La|Le|Fort|Ft|Saint|St|Mount|Mt|New|North|South|East|West|Lake|Palo|Palm)"
_WORD = r"(?:(?:St|Mt|Ft)\.|[A-Z][\w'-]*)"
_NAME = (
    rf"(?:{_BEGINS} [A-Za-z][a-z]{{3,}}|{_WORD})(?: (?:{_CONNECTED} )?{_NOT_NEXT}{_WORD}"
    rf"| {_KIN}\b)*(?:,? [A-Z]{{2}}\b)?"
)
_LOWER = rf"{_NOT_LOWER}(?![a-z]+ing\b(?<!spring))[a-z][a-z']{{2,}}(?: {_NOT_LOWER}[a-z'][a-z']{{2,}})?"
_TO = (
    r"(?:mov(?:e|ing|ed)|relocat(?:e|ing|ed)|head(?:ing|ed)|go|going|travel\w*|com(?:e|ing)|shift\w*|transferr?\w*)"
    r"(?: [\w']+){0,3}? to"
)
_LEADS = r"(?:in|near(?:by)?|around|close to|outside(?: of)?|area of|city of|town of|throughout|across from|side of)"
_AREA = re.compile(rf"\b(?:(?i:{_LEADS}|{_TO})) (?:the )?(?:(?i:area|city|town) of )?{_NOT}(?P<name>{_NAME}|\d{{5}}\b)")
_AREA_LOWER = re.compile(
    rf"\b(?:in|near|around|close to|outside(?: of)?|mov(?:e|ing) to|relocat(?:e|ing) to)"
    r" (?:(?:the )(?=[a-z' ]+ area\b))?(?:(?:area|city|town) of )?(?P<name>(?:the (?=(?:heights|hills|valley"
    rf"|woodlands|bay|suburbs|bronx|village)\b))?{_LOWER})",
)
_BEFORE_HOMES = re.compile(
    rf"(?<!^)(?<![.?!] )\b{_NOT}(?P<name>{_NAME}) (?:apartments?|area|homes?|houses?|condos?|townho\w+|rentals?"
    r"|neighborhood)\b"
)
_ZIP = re.compile(r"\b(?:zip(?: code)?|area)(?: is)?:? (\d{5})\b|\b(\d{5}) (?:zip|area)", re.IGNORECASE)
_ASKED = re.compile(
    r"\b(?:which|what|wh?ich|preferred|desired|particular|property) (?:\w+ )?(?:area|city|cit(?:y|ies)|location"
    r"|town|neighbou?rhoods?|areas|part of|place"
    r"|locality|region)\b(?! (?:is|was) (?:#|at|located))|\bin (?:which|what)\b|\barea (?:to|do|should|are|would|in)\b"
    r"|\b(?:which|what) (?:area|city)|\bwhere\b[^.?!]*\b(?:look|search|live|be|stay|travel\w*|mov\w*|find|located"
    r"|want|need|like"
    r"|apartment|house|home|home|situated|hoping|buy|purchase|settle|rent|prefer\w*|interested|locate|property)\b"
    r"|\btell me where\b|\barea\?"
    r"|\blocation\?"
    r"|\bcity\?|\bwhere\?"
)
_FILLER = re.compile(
    r"^(?:\W|(?:yes|yeah|yep|ok(?:ay)?|um+|uh|well|oh|so|sure|hmm|maybe|probably|i think|i guess|i believe|how about"
    r"|what about|let's (?:say|do|try|go with|look in|start with)|i(?:'d| would)? (?:like|love|prefer|want|need)"
    r"|i'm (?:looking|interested) (?:at|in|for)|looking (?:at|in|for)?|lookin|search(?:ing)?(?: in| for)?|please"
    r"|find|get me|make it|try|check(?: out)?|pull up|switch to|go with|look(?: at| in)?|the place is"
    r"|the area is|the city is|it(?:'s| is| should be| must be)|that would be|preferably|somewhere|something"
    r"|anywhere|in|the"
    r"|around|near|it|to be|for|by|only|just|mostly|ideally|definitely)(?!\w))+",
    re.IGNORECASE,
)
_STOPS = (
    r"(?=\s*(?:$|[,.;!?]| -|\b(?:would|will|is|are|works?|sounds?|seems?|looks?|please|with|and|or|for|area|city"
    r"|if|at|under|up|thanks"
    r"|thank|i|it|in|has|because|since|should|one|two|three|four|\d|might|could|has|if|preferably|ideally|to|near)\b))"
)
_ANY_WORD = r"[A-Za-z][\w-]*(?:'(?!s\b)\w+)?"
_ANSWER = re.compile(rf"\s*(?P<name>{_NOT}{_ANY_WORD}(?: {_NOT_NEXT}{_ANY_WORD}){{0,3}}?)(?:'s\b)?{_STOPS}")
_NO_NAME = re.compile(rf"(?i)(?:{_COMMON})(?: (?:area|city))?")
_A_PROPERTY = re.compile(
    r"(?i)\b(?:apartments?|apts?|townhom\w+|townhouses?|condos|villas?|complex|residences?|commons|llc)\b"
)
_WHOM = re.compile(
    r"(?i)^(?:jewish|christian|catholic|muslim|hindu|mormon|hispanic|latino|black|white|asian|indian|chinese|korean"
    r"|mexican|african|arab|orthodox|amish)(?: (?:communit\w+|neighbou?rhoods?|area|famil\w+|people|church|parish"
    r"|quarter))?$"
)
_WITHIN = re.compile(rf"(?<=[a-z,] ){_NOT}(?P<name>{_NAME})")
_SHORT_ANSWER = 8


def area(text: str, asked: str) -> str:
    """Where they look, as they wrote it; `text` keeps its letter case, `asked` is our last message in lower case."""
    if zip_code := _ZIP.search(text):
        return zip_code[1] or zip_code[2]
    if asked and _ASKED.search(asked) and (answered := _answered(text)):
        return answered
    for pattern in (_AREA, _BEFORE_HOMES, _AREA_LOWER):
        for found in pattern.finditer(text):
            if name := _clean(found["name"]):
                return name
    return ""


def home(text: str) -> str:
    """The address or listing number of a home they name."""
    found = _ADDRESS.search(text)
    return found.group().strip(" .") if found else ""


def without_addresses(text: str) -> str:
    """The text with each address as `#`, so that its numbers count as nothing else."""
    return _ADDRESS.sub("#", text)


def _answered(text: str) -> str:
    """The place an answer begins with, “Sunnyvale would be great”, “I think san jose”, else the first name in it."""
    found = _ANSWER.match(_FILLER.sub("", text))
    if found and (found["name"][0].isupper() or len(text.split()) <= _SHORT_ANSWER) and (name := _clean(found["name"])):
        return name
    named = (_clean(other["name"]) for other in _WITHIN.finditer(text))
    return next((name for name in named if name), "")


def _clean(name: str) -> str:
    name = name.strip(" .,'").removesuffix("'s")
    if _A_PROPERTY.search(name) or _WHOM.match(name) or _NO_NAME.fullmatch(name) or len(name) < 3 - name.isupper():
        return ""
    return name
