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
    r"\b\d{1,5} (?:[NSEW]\.? )?(?:[A-Za-z0-9][\w']*\.? ){1,3}(?:st|street|ave|avenue|rd|road|dr|drive|ln|lane|ct"
    r"|court|blvd|boulevard|way|pl|place|cir"
    r"|circle|ter|terrace|trl|trail|pkwy|parkway|hwy|loop)\b\.?|\bmls ?#? ?\d{4,}",
    re.IGNORECASE,
)
_NOT_PLACES = (
    rf"{_MONTH}|{_DAY}|the|a|an|my|our|your|his|her|their|its|this|that|these|those|it|here|there|any|some|all|which|what"
    r"|when|where|who|why|how|you|me|us|them|we|they|he|she|i|i'm|i'd|that's|it's|and|or|but|so|if|for|with|to|no|not|yes|ok|okay|sure"
    r"|about|between|both|each|every|either|one|two|three|four|five|six|seven|eight|half|a lot|case|cash|escrow|contract"
    r"|touch|person|mind|time|advance|fact|order|general|particular|contact|question|response|reply|exchange|good|great"
    r"|excess|need|love|shape|town|school|college|church|work|works|charge|common|return|recovery|debt|foreclosure|full"
    r"|total|addition|front|process|progress|writing|trouble|hurry|hospital|jail|bed|spring|summer|fall|autumn|winter"
    r"|noon|morning|afternoon|evening|night|tonight|today|tomorrow|future|meantime|market|past|last|next|same|middle|end"
    r"|beginning|start|early|late|mid|first|second|near|nearby|inside|outside|close|area|areas|city|location|places?"
    r"|region|neighbou?rhoods?|communit(?:y|ies)|vicinity|suburbs?|county|state|country|apartments?|houses?|homes?|condos?"
    r"|propert(?:y|ies)|units?|building|complex|listing|kitchen|yard|garage|bedrooms?|bathrooms?|rooms?|basement|pool|price"
    r"|budget|range|economical|least|most|more|less|days?|weeks?|months?|years?|hours?|minutes?|kids|schools?|parks?"
    r"|mosque|synagogue|temple|parish|chapel|shul|gurdwara|wheelchair|airport|transit|train|bus|beach|water|lake|ocean"
    r"|family|friends?|parents?|anywhere|everywhere|somewhere|nothing|anything|something|other|another|else|hi|hello|hey"
    r"|thanks?|please|now|asap|soon|later|again|as|at|by|of|on|from|up|down|over|under|around|only|just|also|maybe|perhaps"
    r"|is|are|was|be|can|could|do|does|did|would|will|should|have|has|had|let|let's|find|show|get|give|look|search|tell|buying"
    r"|selling|renting|seeing|moving|looking|getting|viewing|finding|investing|calling|living|being|going|having|making"
    r"|making|knowing|learning|working|parking|pets?|furnished|advertisement|ad|email|mail|text|message|cheap\w*|nice|new"
)
_NOT = rf"(?!(?i:{_NOT_PLACES}|\d+|[a-z]+ly)\b)"
_CONNECTED = r"(?:of|de|del|la|las|los|the|on)"
_KIN = r"(?i:city|valley|heights|hills?|beach|park|springs?|creek|lake|lakes|county|village|rock|point|bay|island|grove)"
_BEGINS = r"(?:San|Santa|Los|Las|El|La|Le|Fort|Ft|Saint|St|Mount|Mt|New|North|South|East|West|Lake|Palo|Palm|Round|Cedar)"
_WORD = r"(?:(?:St|Mt|Ft)\.|[A-Z][\w'-]*)"
_NAME = (
    rf"(?:{_BEGINS} [a-z]{{4,}}|{_WORD})(?: (?:{_CONNECTED} )?{_NOT}{_WORD}| {_KIN}\b)*(?:,? (?-i:[A-Z]{{2}})\b)?"
)
_LOWER = rf"{_NOT}[a-z][a-z']{{2,}}(?: {_NOT}(?![\w']+ly\b)[a-z'][a-z']{{2,}})?"
_TO = (
    r"(?:mov(?:e|ing|ed)|relocat(?:e|ing|ed)|head(?:ing|ed)|go|going|travel\w*|com(?:e|ing)|shift\w*|transferr?\w*)"
    r"(?: [\w']+){0,3}? to"
)
_LEADS = (
    r"(?:in|near(?:by)?|around|close to|outside(?: of)?|area of|city of|town of|within|by|throughout|across from|side of)"
)
_AREA = re.compile(
    rf"\b(?:(?i:{_LEADS}|{_TO})) (?:the )?(?:(?i:area|city|town) of )?{_NOT}(?P<name>{_NAME}|\d{{5}}\b)"
)
_AREA_LOWER = re.compile(
    rf"\b(?:in|near|around|close to|outside(?: of)?|mov(?:e|ing) to|relocat(?:e|ing) to)"
    rf" (?:(?:the )(?=[a-z' ]+ area\b))?(?:(?:area|city|town) of )?(?P<name>(?:the (?!\w+ (?:of|where|that)\b))?{_LOWER})",
)
_BEFORE_HOMES = re.compile(
    rf"(?<!^)(?<![.?!] )\b{_NOT}(?P<name>{_NAME}) (?:apartments?|area|homes?|houses?|condos?|townho\w+|rentals?|neighborhood)\b"
)
_ZIP = re.compile(r"\b(?:zip(?: code)?|area)(?: is)?:? (\d{5})\b|\b(\d{5}) (?:zip|area)", re.IGNORECASE)
_ASKED = re.compile(
    r"\b(?:which|what|wh?ich|preferred|desired|the) (?:\w+ )?(?:area|city|cit(?:y|ies)|location|town|neighborhood|part of|place"
    r"|locality|region)\b(?! (?:is|was) (?:#|at|located))|\bin (?:which|what)\b|\barea (?:to|do|should|are|would|in)\b"
    r"|\b(?:which|what) (?:area|city)|\bwhere\b[^.?!]*\b(?:look|search|live|be|stay|travel\w*|mov\w*|find|located|want|need|like"
    r"|apartment|house|home|home|situated|prefer\w*|interested|locate|property)\b|\btell me where\b|\barea\?|\blocation\?"
    r"|\bcity\?|\bwhere\?"
)
_FILLER = re.compile(
    r"^(?:\W|(?:yes|yeah|yep|ok(?:ay)?|um+|uh|well|oh|so|sure|hmm|maybe|probably|i think|i guess|i believe|how about"
    r"|what about|let's (?:say|do|try|go with|look in|start with)|i(?:'d| would)? (?:like|love|prefer|want|need)"
    r"|i'm (?:looking|interested) (?:at|in|for)|looking (?:at|in|for)?|lookin|search(?: in| for)?|please|find|the place is"
    r"|the area is|the city is|it(?:'s| is| should be| must be)|that would be|preferably|somewhere|something|anywhere|in|the"
    r"|around|near|it|to be|for|by|only|just|mostly|ideally|definitely)(?!\w))+",
    re.IGNORECASE,
)
_STOPS = (
    r"(?=\s*(?:$|[,.;!?]| -|\b(?:would|will|is|are|works?|sounds?|seems?|please|with|and|or|for|area|city|if|at|under|up|thanks"
    r"|thank|i|it|in|has|because|since|should|one|two|three|four|\d|might|could|has|if|preferably|ideally|to|near)\b))"
)
_ANSWER = re.compile(rf"\s*(?P<name>(?:{_NOT}[A-Za-z][\w'.-]*)(?: {_NOT}[A-Za-z][\w'.-]*){{0,3}}?){_STOPS}")
_A_PROPERTY = re.compile(r"(?i)\b(?:apartments?|apts?|townhom\w+|townhouses?|condos|villas?|complex|residences?|commons|llc)\b")
_WHOM = re.compile(
    r"(?i)^(?:jewish|christian|catholic|muslim|hindu|mormon|hispanic|latino|black|white|asian|indian|chinese|korean"
    r"|mexican|african|arab|orthodox|amish)(?: (?:communit\w+|neighbou?rhoods?|area|famil\w+|people|church|parish|quarter))?$"
)
_SHORT_ANSWER = 14


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
    """The place a short answer begins with: “Sunnyvale would be great”, “I think san jose”."""
    if len(text.split()) > _SHORT_ANSWER:
        return ""
    found = _ANSWER.match(_FILLER.sub("", text))
    return _clean(found["name"]) if found else ""


def _clean(name: str) -> str:
    name = name.strip(" .,'")
    if _A_PROPERTY.search(name) or _WHOM.match(name) or len(name) < 3:
        return ""
    return name
