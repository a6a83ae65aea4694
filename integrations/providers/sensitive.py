"""What fair-housing law protects, as far as people tell it of themselves: it stays out of slots, reasons and quotes.

Family, religion, disability, origin, and where an income comes from (42 U.S.C. 3604, and the states' own lists).
Promises to know it by word lists, wide rather than narrow: a quote that loses a clause costs nothing, since people read
the message itself. Words that mean a home ("single family", "family room", "Church St") are left alone.
"""

from __future__ import annotations

import re
from functools import cache

_HOMES = (
    r"(?i:(?:single|multi|one|two|2|3|4)[- ]?family|family[- ](?:homes?|house|rooms?|dwelling|residence|unit|den"
    r"|propert\w+)|(?:mother|parent)[- ]in[- ]law (?:suite|unit|apartment|quarters)|kids?'? (?:room|pool)"
    r"|white (?:house|picket|kitchen)|new mexico)"
)
_PLACES = r"\b(?:Church|Temple|Mission|Indian|Spanish|German|French|Polish|Mexican) (?:[A-Z]\w+)"
_FAMILY = (
    r"kids?|child(?:ren|ren's|'s)?|bab(?:y|ies)|newborns?|infants?|toddlers?|teen(?:ager)?s?|twins|triplets"
    r"|pregnan\w+|expecting(?! to)|maternity"
    r"|(?:step|god|grand)?(?:sons?|daughters?|kids|children)|famil(?:y|ies)|mom|moms"
    r"|mother|dad|father|parents?|grand(?:ma|pa|mother|father|parents?)|husband|wife|spouse|fianc[eé]e?|married|unmarried"
    r"|marriage|divorc\w+|widow\w*|newlyweds?|girlfriend|boyfriend|foster|adopt(?:ed|ing|ion)|custody|gay|lesbian|lgbt\w*"
    r"|trans(?:gender)?|bachelor(?:ette)?|empty[- ]nesters?"
)
_RELIGION = (
    r"catholics?|christians?|jewish|jews?|muslims?|islam\w*|hindus?|buddhists?|mormons?|lds|baptists?|lutherans?"
    r"|methodists?|sikhs?|orthodox|atheists?|evangelicals?|church(?:es)?|synagogues?|mosques?|temples?|shul|parish|kosher"
    r"|halal|sabbath|shabbat|ramadan|eid|eruv|religio\w*|pastor|rabbi|imam|priest|pray(?:er|ing|s)?|faith|bible|quran"
)
_DISABILITY = (
    r"disab\w+|handicap\w*|wheel ?chairs?|blind|deaf|autis\w+|down syndrome|adhd|ptsd|service (?:dog|animal)s?"
    r"|(?:emotional )?support (?:dog|animal)s?|esa|dialysis|cancer|chemo\w*|parkinson\w*|alzheimer\w*|dementia|stroke"
    r"|mental(?:ly)? (?:health|ill\w*)|depress(?:ed|ion)|bipolar|anxiety|hiv|epilep\w+|paraly\w+|amput\w+|ms patient"
    r"|mobility|sober living|in recovery|oxygen tank|caregiver|accessib\w+"
)
_NATIONS = (
    r"mexic(?:o|ans?)|hondura\w+|guatemala\w*|salvador\w+|el salvador|nicaragua\w*|cuba\w*|puerto ricans?|dominicans?"
    r"|venezuela\w*|colombia\w*|peru(?:vian\w*)?|ecuador\w*|brazil\w*|haiti\w*|jamaica\w*|india|indians?|pakistan\w*"
    r"|bangladesh\w*|nepal\w*|chin(?:a|ese)|taiwan\w*|japan(?:ese)?|korea\w*|vietnam\w*|filipin\w+|philippines|thai"
    r"|cambodia\w*|nigeria\w*|ghana\w*|ethiopia\w*|somali\w*|kenya\w*|egypt\w*|syria\w*|iraq\w*|iran\w*|persians?"
    r"|afghan\w*|arabs?|lebanese|israel\w*|turk(?:ey|ish)|russia\w*|ukrain\w+|pol(?:and|ish)|german(?:y|s)?|french"
    r"|italians?"
    r"|irish|greeks?|african?s?|europeans?|asians?|hispanics?|latin[oax]s?|chicano|native americans?|caucasians?"
)
_ORIGIN = (
    rf"{_NATIONS}|immigra\w+|undocumented|visas?|green cards?|(?:non-?)?citizens?\w*|refugees?|asylum|daca|h-?1b"
    r"|foreigners?"
    r"|ethnic\w*|rac(?:e|ial)|people of color|(?:we are|we're|i am|i'm|a|an) (?:black|white|brown)"
    r"|black (?:family|couple|man|woman|people|folks|person)|accent"
)
_PAID = (
    r"section (?:8|eight)|sec\.? ?8|vouchers?|ssi|ssdi|social security|welfare|food stamps|snap benefits|ebt|tanf|wic"
    r"|child support|alimony|unemployment|(?:public|housing|rental) assistance|pension|on disability"
)
_INCOME = rf"{_PAID}|hud voucher|benefits|retire(?:d|ment|es?)|fixed income"
_AGE = (
    r"(?:i am|i'm|we are|we're|he is|she is|aged?) (?:[5-9]\d)(?! ?(?:k|%|days|min\w*|miles|percent))|elderly|senior"
    r" citizens?"
    r"|seniors|years? old (?:and|man|woman|couple)|\d+[- ]year[- ]olds?"
)
_TOLD = rf"\b(?:{_FAMILY}|{_RELIGION}|{_DISABILITY}|{_ORIGIN}|{_INCOME}|{_AGE})\b"
_NOT_TOLD = rf"{_HOMES}|{_PLACES}"
_CLAUSE = re.compile(r"[.?!;,:\n()–—]+|\s-\s|\b(?:and|but|because|since|so|as|with|for)\b", re.IGNORECASE)

_AGED = re.compile(r"\b(?:am|m|are|re|is|aged?) [5-9]\d\b", re.IGNORECASE)
_PART = re.compile(r"([.?!;,\n]+(?!\d))")
_WANTS = re.compile(
    r"\b(?:homes?|houses?|condos?|apartments?|places?|bed\w*|bath\w*|mov(?:e|ing)|relocat\w+|buy(?:ing)?|sell(?:ing)?"
    r"|rent(?:ing)?|lease|see|tour|visit|show\w*|look(?:ing)?|search\w*|need|want|budget|agent|realtor|broker|lender"
    r"|call|text|email)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+")
_AMOUNT = r"\$? ?\d[\d,.]*k?(?: ?(?:/|a|per) ?(?:mo(?:nth)?|week|year))?"
_COUNTED = (
    rf"(?:\b(?:{_PAID}|income(?! ?-?(?:prop|prod|unit|gener|restrict)))\b[^.?!;\n]{{0,40}}?{_AMOUNT}"
    rf"|{_AMOUNT}[^.?!;,\n]{{0,20}}?\b(?:{_PAID})\b"
    rf"|\bpre-? ?(?:approv|qualif)\w*[^.?!;,\n]{{0,30}}?\b(?:{_PAID})\b"
    rf"|\b(?:{_PAID})\b[^.?!;,\n]{{0,20}}?\bpre-? ?(?:approv|qualif)\w*"
    r"|\b(?:bab(?:y|ies)|twins|child|pregnan\w+|expecting(?! to)|surgery|chemo\w*|dialysis)\b[^.?!;\n]{0,25}?"
    r"\b(?:due|arriv\w+|coming|born|in|next)\b[^.?!;,\n]{0,20}"
    r"\b(?:weeks?|months?|days?|january|february|march|april|may|june|july|august|september|october|november|december)\b"
    r"|\b(?:\d+|one|two|three|four|five|six)[- ](?:small |young |little )?(?:kids|children|year[- ]olds?|months? old"
    r"|bab(?:y|ies)|sons?|daughters?|weeks? pregnant|months? pregnant))"
)


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """Compiled for the first message: it takes some 100 ms, for which a start need not wait."""
    return re.compile(_TOLD, re.IGNORECASE), re.compile(_NOT_TOLD), re.compile(_COUNTED, re.IGNORECASE)


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_STEMS = _words(
    """
    kid chil bab newb infan toddl teen twin tripl pregn expec matern step god grand son daught famil mom moth
    dad fath paren husb wife spous fianc marri unmarr divor widow newly girlf boyf foster adopt custod gay lesb
    lgbt trans bachel empty cathol christi jew muslim islam hindu buddh mormon lds baptist luther method sikh
    orthod athe evangel church synag mosq templ shul parish kosher halal sabb shabb ramad eid eruv relig pastor
    rabbi imam priest pray faith bible quran disab handic wheel blind deaf autis syndr adhd ptsd servic support
    esa dialys cancer chemo parkin alzhei dement stroke mental depres bipol anxi hiv epilep paraly amput patient
    mobil sober recov oxyg caregiv accessib surgery mexic hondur guatem salvad nicarag cuba puert dominic venez
    colomb peru ecuad brazil haiti jamaic india pakist bangl nepal chin taiwan japan korea vietn filip philip
    thai cambod niger ghan ethiop somal keny egypt syria iraq iran persia afghan arab leban israel turk russia
    ukrain pol german french italian irish greek africa europ asia hispan latin chican nativ caucas immig undoc
    visa green citizen noncit refug asyl daca h1b foreign ethnic rac color black white brown accent section sec
    vouch ssi ssdi social welf food snap ebt tanf wic alim unemp assist benefit retir pension fixed incom hud
    elder senior year old
    """
)
"""How a word begins that may be part of one of these; most messages have none, and need no closer look."""


def tells(text: str) -> bool:
    """Whether it names what the law protects."""
    if not _may_tell(text):
        return False
    told, not_told, _ = _patterns()
    return bool(told.search(not_told.sub(" ", text.replace("’", "'"))))


def spared(text: str) -> str:
    """The text without what belongs to a family, a health, an origin or an income, and not to a home.

    A part of a sentence that tells of it and wants nothing goes as a whole; of others its amounts, numbers and dates.
    """
    if not _may_tell(text):
        return text
    parts = (part if _WANTS.search(part) or not tells(part) else " " for part in _PART.split(text))
    return _patterns()[2].sub(" ", "".join(parts))


def _may_tell(text: str) -> bool:
    return bool(_AGED.search(text)) or any(word.startswith(_STEMS) for word in set(_WORD.findall(text.casefold())))


def clause_without(quote: str) -> str:
    """The longest clause of a quote that tells nothing protected; the whole quote where none does, "" for no clause."""
    if not tells(quote):
        return quote
    clauses = (clause.strip(" '\"-") for clause in _CLAUSE.split(quote))
    return max((clause for clause in clauses if len(clause.split()) > 1 and not tells(clause)), key=len, default="")
