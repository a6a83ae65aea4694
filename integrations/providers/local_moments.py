"""The words with which somebody names a time to visit or talk, and a time to move; what day they mean is not said here.

A time is left out where it is no wish: “have a great weekend”, “that's all for today”, “I called you this morning”, and
the day that does not suit where another one is named.
"""

from __future__ import annotations

import re

_DAY = r"(?:mon|tues?|wed(?:nes)?|weds|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?s?"
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)"
)
_HOUR = r"\d{1,2}(?::\d\d)? ?(?:[ap]\.?m\b\.?|o'?clock)|\d{1,2}:\d\d|noon|midday|\d{1,2}(?=[ap]\b)[ap]\b"
_BARE_HOUR = (
    r"\d{1,2}(?: ?ish\b)?(?! ?(?:st\b|nd\b|rd\b|th\b|bed|bath|%|k\b|people|/|day|week|month|year|\d|,\d|or \d bed))"
)
_NEAR = r"(?:(?:any ?time )?(?:around|about|after|before|by|past|from|between|at|@) ?)"
_CLOCK = (
    rf"(?:{_NEAR}*(?:{_HOUR})(?: ?(?:-|to|or|and|til|until) ?(?:{_HOUR}|{_BARE_HOUR}))?"
    rf"|{_NEAR}+(?:{_BARE_HOUR})(?: ?(?:-|to|or|and|til|until) ?(?:{_HOUR}|{_BARE_HOUR}))?"
    r"|\d{1,2} ?- ?\d{1,2} ?[ap]m\b"
    r"|(?:after|before) (?:work|lunch|school|dinner)"
    r"|(?:in the )?(?:early |late |mid-?)?(?:morning|afternoon|evening|night)s?(?: hours)?|lunch ?time"
    r"|(?:any ?time|all day))"
)
_NTH = r"\d{1,2}(?:st|nd|rd|th)"
_DATE = (
    rf"(?:{_MONTH}\.? \d{{1,2}}(?:st|nd|rd|th)?(?: ?(?:-|to|or|through) ?\d{{1,2}}(?:st|nd|rd|th)?)?(?:,? 20\d\d)?"
    rf"|(?:the )?{_NTH} (?:of )?(?:{_MONTH}|(?:this|next) month)(?:,? 20\d\d)?|\d{{1,2}} of {_MONTH}"
    rf"|\d{{1,2}} (?!may){_MONTH}"
    rf"|(?<!a )(?<!an )\d{{1,2}}/\d{{1,2}}(?:/\d{{2,4}})?(?! ?(?:bed|bath|bd|br))|(?:the )?{_NTH}(?! (?:floor|time"
    r"|street|st\b|ave)))\b"
)
_WEEK = r"(?: (?:of )?(?:next|this|the following) week)"
_SOON = (
    rf"(?:(?:this|next|the|coming|following|this coming) )?{_DAY}\b(?:,? (?:the )?{_DATE}|{_WEEK})?"
    r"|(?:any ?time |some ?time |any day |early |late(?:r)? |later in )?(?:this"
    rf"|next) week(?:end)?\b(?:,? (?:on )?{_DAY}\b)?"
    r"|(?:the )?day after tomorrow|(?:later )?(?:today|tonight)|(?:tomorrow|tmrw|tmr|tomorow|tommorow)"
    r"|(?:the |over the |any )?week ?ends?\b(?: of (?:the )?\d{1,2}(?:st|nd|rd|th))?|(?:any )?week ?days?\b"
    rf"|this (?:morning|afternoon|evening)|in (?:a|an|half an?|\d{{1,2}}|two|three|one) (?:hours?|minutes?|min)\b"
    rf"|{_DATE}"
)
_WHEN = rf"(?:{_SOON})(?:,? (?:(?:at |@ ?|in the |sometime |some time |anytime |maybe )*{_CLOCK}))*"
_VISIT = re.compile(
    rf"(?<![\w/$#-])(?P<visit>{_WHEN}(?:,? (?:or|and|thru|through|to) (?:on )?(?:{_WHEN}|{_CLOCK}))*"
    rf"|{_CLOCK}(?:,? (?:or|and) {_CLOCK})?(?: (?:on |this |next )?{_WHEN})"
    rf"|(?:at|around|about|after|before|between|@) ?{_CLOCK}|{_NEAR}(?:{_HOUR}|{_BARE_HOUR})"
    r"|in the (?:morning|afternoon|evening)s?|(?:mornings|afternoons|evenings|weekday evenings))"
)
_ONLY_CLOCK = re.compile(
    rf"^\W*(?:(?:yes|ok(?:ay)?|sure|how about|maybe|let's (?:do|say))\W+)*(?P<visit>{_CLOCK}|{_BARE_HOUR})\W*$"
)
_ARTICLE = re.compile(rf"^(?:the|on) (?=\d{{1,2}}(?:st|nd|rd|th)? of |day after|{_DAY}\b)", re.IGNORECASE)
_AN_HOUR = re.compile(
    rf"(?<![\w:/$])(?P<visit>{_HOUR}|(?:(?<=do )|(?<=make it )|(?<=say ))\d{{1,2}}(?= instead\b|\W*$))"
)
_A_DAY = re.compile(rf"(?:this |next |the )?(?:{_DATE}|{_DAY}|tomorrow)(?:,? \d{{4}})?")
_NO_WISH = re.compile(
    r"\b(?:have|enjoy|hope|had|happy|great|good)(?: you)?(?: (?:a|an|your|the|had|have))?(?: \w+)? (?:day|weekend"
    r"|evening"
    rf"|night|afternoon|morning|week|{_DAY})\b"
    r"|\b(?:that's|thats|that is|that'll be|that will be|all (?:i|we) need(?:ed)?|everything|enough|questions|help"
    r"|assistance)\b"
    r"(?: (?:all|it|i|we|need|needed|want|wanted|everything|you|have))* (?:for )?(?:today|now|tonight)\b"
    rf"|\b(?:last|past) (?:{_DAY}|week\w*|month|night|year)\b"
    rf"|\b(?:saw|called|spoke|talked|emailed|texted|found|visited|toured|viewed|drove (?:by|past)|met|missed)\b"
    rf"[^.?!,]{{0,30}}?\b(?:today|this (?:morning|afternoon|evening)|tonight|earlier|yesterday|{_DAY}\b"
    r"(?! (?:at|after|around|works?)))"
    r"|\btoday's\b|\b(?:what|anything|nothing) (?:is )?(?:up )?today\b"
)
_UNSUITED = re.compile(
    r"\b(?:busy|booked|tied up|away|out of town|not|can't|cannot|can not|couldn't|won't|unavailable|instead of"
    r"|rather than"
    r"|doesn't work|other than|except|but not|isn't|conflict)\b(?: (?!until|till|before"
    rf"|after)[\w']+){{0,4}}? (?:{_SOON})"
    rf"|(?:{_SOON}),? (?:doesn't|does not|won't|isn't|is not|is no|is bad|is out|is too|(?:i'm|i am|we're) (?:not"
    r"|busy|away|out)|(?:i|we) can(?:'t|not))\b"
)

_SPAN = (
    r"(?:\d+|one|two|three|four|five|six|nine|ten|twelve|eighteen|(?:a )?(?:few|couple(?: of)?)|a|half a|several)"
    r"(?: ?(?:-|to|or) ?(?:\d+|two|three|four|five|six|nine|twelve))?\+?(?: more)? (?:days?|weeks?|months?|mos?"
    r"|years?|yrs?)"
    r"(?: or (?:so|two))?"
)
_SEASON = r"(?:spring|summer|fall|autumn|winter)"
_MOVE_PHRASE = (
    rf"(?:(?:the )?(?:very )?(?:end|beginning|start|middle|first week|last week|first half|second half) of (?:the )?"
    rf"(?:(?:this |next )?(?:month|year|quarter|{_SEASON})|{_MONTH})(?:,? (?:of )?20\d\d)?\b"
    rf"|(?:(?:early|late|mid)(?: to (?:mid|late))?[ -](?:in )?)?(?:(?:this|next) )?(?:{_DATE}(?:,? \d{{4}})?"
    rf"|{_MONTH}(?: ?(?:-|or|to) ?{_MONTH})?"
    rf"(?:,? (?:of )?\d{{4}})?\b|{_SEASON}(?:,? (?:of )?\d{{4}})?\b)"
    r"|(?:early|late|mid|sometime|later|end of)?[ -]?(?:this|next|the|early|late|the end of the) (?:year|month"
    rf"|week(?:end)?|quarter|{_SEASON})"
    r"|q[1-4](?:,? 20\d\d)?\b|20[2-3]\d\b|(?:end of (?:the )?)?year[ -]?end|the holidays|christmas|thanksgiving"
    r"|the new year|new years?"
    rf"|asap|as soon as (?:possible|we can|i can)|immediately|right away|{_DAY}\b|tomorrow)"
)
_CUE = (
    r"mov(?:e|ing)|relocat\w+|lease(?: is)? (?:up|ends?|ending|expires?|over|runs out|is done)|clos(?:e|ing)|settled"
    r"|(?:to |we |i |i'll )buy(?:ing)?|buying|sell(?:ing)?|list(?:ing)?|rent(?:ing)?|timeline(?: is)?"
    r"|time frame(?: is)?|ready"
    r"|need (?:a place|it|something|to be (?:in|out))|be (?:in|out)|start(?:ing)?"
    r"|(?<!i'm )(?<!i am )(?<!we're )available|purchase|deadline"
)
_MOVE = re.compile(
    rf"\b(?:{_CUE})\b[^.?!\n]{{0,40}}?\b(?:by|in|on|before|around|for|at|within|until|come|after|is|this"
    rf"|sometime)? ?(?<!\w)(?P<move>{_MOVE_PHRASE})"
    r"|\b(?P<lead>in|within|over|during)(?: about| around| roughly)? (?:the )?(?P<next>next "
    rf"|coming )?(?P<span>{_SPAN})\b"
    rf"|\b(?:by|before|until) (?P<by>{_MOVE_PHRASE})"
    r"|^\W*(?:(?:in|within|by|about|probably|maybe|around|we're thinking|i'm thinking|thinking|hopefully|ideally"
    r"|sometime)\W+)*"
    rf"(?P<only>{_MOVE_PHRASE}|{_SPAN})(?: or so| from now| out| away)?\W*$"
    rf"|\b(?P<away>{_SPAN}) (?:from now|out|away|down the road)\b"
)
_WHENEVER = re.compile(rf"(?<!\w)(?P<only>{_MOVE_PHRASE})")
_ASKED_MOVE = re.compile(
    r"\b(?:mov(?:e|ing)|time ?line|time ?frame|how soon|relocat\w+|(?:when|how soon)\b[^.?!]*\b(?:buy|sell"
    r"|purchase|list)"
    r"|lease)\b"
)
_ASKED_VISIT = re.compile(
    r"\b(?:visit|see|tour|view\w*|showing|show you|schedule|book\w*|call|talk|meet|walk ?through|stop by)\b"
    r"|\b(?:what|which|best|good) (?:day|date|time)s?\b"
)


def moments(text: str, asked: str, *, visit: bool) -> tuple[str, str]:
    """The words for a visit or a call, and for moving, as they stand in `text`; "" where there are none.

    `asked` is our last message in lower case; `visit` says that the message asks for a visit or a call. A time that may
    be either belongs to what the message asks for, then to what we asked about, then to moving.
    """
    plain = text.lower()
    text = text if len(text) == len(plain) else plain  # the few letters whose small form is longer
    about_move = bool(asked and _ASKED_MOVE.search(asked)) and not visit
    visit = visit or bool(asked and not about_move and _ASKED_VISIT.search(asked))
    wished = _NO_WISH.sub(_blank, plain)
    suited = _UNSUITED.sub(_blank, wished)
    when = _VISIT.search(suited) or (_ONLY_CLOCK.search(wished) or _AN_HOUR.search(wished) if visit else None)
    if when is not None and visit:
        return _said(text, when), ""
    move = _MOVE.search(wished) or (_WHENEVER.search(wished) if about_move else None)
    if move is not None and when is not None and not about_move and _A_DAY.fullmatch(_group(move, "only")):
        move = None  # a day alone, of which nobody asked whether they move on it
    if move is not None:
        return "", _move(text, move)
    if when is None:
        return "", ""
    return ("", _said(text, when)) if about_move else (_said(text, when), "")


def _said(text: str, found: re.Match[str]) -> str:
    return _ARTICLE.sub("", text[found.start("visit") : found.end("visit")].strip(" ,.@"))


def _move(text: str, found: re.Match[str]) -> str:
    if _group(found, "span"):
        which = f"the {found['next']}" if found["next"] else ""
        return f"{found['lead']} {which}{found['span']}"
    group = next(name for name in ("move", "by", "only", "away") if _group(found, name))
    return text[found.start(group) : found.end(group)].strip(" ,.")


def _group(found: re.Match[str], name: str) -> str:
    return found.groupdict().get(name) or ""


def _blank(found: re.Match[str]) -> str:
    return " " * len(found[0])
