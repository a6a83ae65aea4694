"""What the local reader knows about intents: one ordered table of patterns, most consequential first.

The first row that matches decides, so a refusal hidden in a friendly sentence is seen before the friendliness.
Patterns are written for text as `local_words.plain` leaves it (lower case, short forms spelled out); gaps in them are
short, so that reading time stays bounded. Judging tone and finding facts is left to `local_tone` and `local_slots`.
"""

from __future__ import annotations

from integrations.language_model import Intent
from integrations.providers.local_rules import Rule, rule

RULES: tuple[Rule, ...] = (
    rule(
        Intent.OPT_OUT,
        0.97,
        "asks not to be written to any more",
        r"^\W*(?:(?:ok(?:ay)?|yes|yeah|no|just|please)\W+)*(?:stop|stop ?all|unsubscribe|cancel|end|quit|revoke"
        r"|opt[ -]?out|remove(?: me)?|no more|alto|parar|baja)"
        r"(?:\W+(?:it|now|please|this|all|already|thanks?|you))*\W*$",
        r"\b(?:stop|quit|cease)(?: with)?(?: the| these| all)* %(contact)s\b(?! (?:me|us) (?:[a-z]+, ?my)"
        r"|[^.?!\n]*\b%(still)s\b| (?:me )?listings? (?:over|under|above|below|in|that))",
        r"\b(?:don't|never|not to) %(contact)s (?:me|us|this number|my phone|here|anything|any more|anymore|again)\b"
        r"(?![^.?!\n]*\b%(still)s\b)",
        r"\bno more (?:text|message|email|call|contact|spam)",
        r"\b(?:take|remove|delete|drop|scrub|get) (?:me|us|my (?:number|name|info|email|contact|phone|address)"
        r"|this number)"
        r"(?: info(?:rmation)?)?(?: (?:off|out|from)| please|\W*$)",
        r"\bunsubscribe\b(?! link)",
        r"\bopt(?:ing)? (?:me |us )?out\b",
        r"\b(?:loo?se|forget|delete|erase) (?:my|this) number\b",
        r"\bleave (?:me|us) alone\b",
        r"\b(?:take me off|off (?:of )?(?:your|this|the) (?:mailing )?list)\b",
        r"\b(?:no me (?:escrib|mand|llam|contact|molest|envi)\w+|dej[ea]n? de (?:mand|escrib|llam|envi)\w+"
        r"|borr[ae]n? mi n[uú]mero|qu[ií]t[ae]n?me)\b",
    ),
    rule(
        Intent.WRONG_PERSON,
        0.92,
        "says we have the wrong person",
        r"\bwrong (?:number|person|guy|gal|lady|man|woman|phone|email|contact|address)\b",
        r"\b(?:have|got) the wrong\b(?! (?:impression|idea|price|house|listing))",
        r"\b(?:no one|nobody|no body|there's no(?: one)?)(?: here| at this number)?(?: is)? (?:by that name|named"
        r"|called)\b",
        r"\bthis (?:is not|isn't|is no longer) [a-z]+(?:'s)?(?: (?:phone|number|cell|email)|\W*$)(?<!available)(?<!it)",
        r"\b(?:never|didn't|did not) (?:sign(?:ed)? up|inquired?|enquired?|request(?:ed)?|fill(?:ed)? (?:out|in)"
        r"|ask(?:ed)? (?:for|about) (?:this|any|a house))\b",
        r"\b(?:he|she|they) (?:doesn't|don't|no longer) (?:live|use|have|own)s?\b",
        r"\bn[uú]mero equivocado\b",
    ),
    rule(
        Intent.COMPLAINT,
        0.8,
        "is complaining",
        r"\b(?:harass\w*|scam\w*|fraud\w*|unacceptable|ridiculous|unprofessional|disgust\w+|appalling|discriminat\w+"
        r"|complain(?:t|ts|ing)?|bbb|fcc|lawsuit|sue you|report(?:ing)? you)\b",
        r"\b(?:terrible|horrible|awful|worst|poor|bad) (?:service|experience|agent|realtor|company|communication)\b",
        r"\b(?:no ?body|no one|you) (?:ever |never )*(?:called|replied|answered|showed up|responded|got back|came)\b"
        r"(?=%(gap)s(?:me|us|back|up|\W*$))",
        r"\bwaste of (?:my )?time\b",
        r"\byou people\b",
    ),
    rule(
        Intent.HAS_AGENT,
        0.9,
        "is working with another agent",
        r"(?<!you )(?<!n't )(?<!not )(?<!to )(?<!should )\b(?:have|'ve|has|'ve got|got|hired|working with|work with"
        r"|using"
        r"|signed(?: up)? with|going with|represented by|listed with) (?:already )?(?:got |found |hired )?(?:a|an"
        r"|my|our|another|the)"
        r" (?:[a-z']+ ){0,2}?%(agent)s\b(?! yet)",
        r"\balready (?:have|got|working with|with|represented|signed|using)%(gap)s(?:%(agent)s|represented"
        r"|brokerage)\b",
        r"\b(?:my|our) (?:[a-z]+ )?(?:agent|realtor|broker) (?:is|will|has|said|and i|can|already|sent|showed)\b",
        r"\bmy (?:wife|husband|brother|sister|mom|dad|mother|father|cousin|friend|aunt|uncle|son|daughter|partner)"
        r"(?:'s| is| works as) (?:a |an |our )(?:[a-z]+ )?%(agent)s\b",
    ),
    rule(
        Intent.WANTS_CALL,
        0.88,
        "wants to talk to a person",
        r"(?<!n't )(?<!not )(?<!never )(?<!stop )(?<!to )\bcall (?:me|us)\b",
        r"\b(?:give|giving) (?:me|us) (?:a|an) (?:quick )?(?:call|ring|buzz|shout)\b",
        r"\b(?:can|could|would|will|may|please|let's|want|love|like|need|prefer|rather|have|how (?:do|can))%(gap)s"
        r"(?:call|phone|ring|talk|speak|chat)(?: (?:me|us|back|now|today|tomorrow|tonight|soon|on the phone)\b"
        r"| (?:to|with) [a-z]+\b)",
        r"\b(?:phone call|call ?back|(?:schedule|book|set up|have|jump on|hop on) a (?:quick )?call)\b",
        r"\b(?:reach|get) (?:me|a hold of me) (?:at|on)\b",
        r"\b(?:call|phone|ring)(?: me)? (?:at|on) \(?\d",
        r"\b(?:connect|transfer|put) me (?:to|with|through)\b",
        r"(?<!\bi )(?<!you )\b(?:talk|speak|chat) (?:to|with) (?:a|an|some ?(?:one|body)|you|your|the|real|live"
        r"|human)\b",
    ),
    rule(
        Intent.ARE_YOU_A_BOT,
        0.95,
        "asks whether a machine is writing",
        r"\b(?:are|is) (?:you|ya|this|that|it|they|i)(?: just| actually| even| like)*(?: talking to| texting"
        r"| speaking (?:to|with))?"
        r"(?: a| an| the| some)?(?: (?:real|live|actual|kind of))? ?(?:bot|robot|machine|computer|ai|a\.i\."
        r"|automated|auto"
        r"|human|person|program|chat ?bot|artificial)\b",
        r"\bam i (?:talk|speak|text|chat)ing (?:to|with) (?:a|an|some)\b",
        r"\b(?:are|is) (?:you|this) (?:real|for real|fake)\b",
        r"\b(?:real|actual) (?:person|human)\W*\?",
        r"\b(?:bot or|human or|person or|chat ?gpt)\b",
        r"^\W*(?:bot|robot|ai)\W*\?",
    ),
    rule(
        Intent.WANTS_CALL,
        0.78,
        "wants a human",
        r"\b(?:real|live|actual|human) (?:person|human|being|agent|assistance|help|representative)\b",
        r"\b(?:representative|operator|receptionist|customer (?:service|support|care)|supervisor|manager|human)\b",
    ),
    rule(
        Intent.NOT_NOW,
        0.82,
        "wants to wait",
        r"\b(?:not|isn't|aren't)(?: quite| really| a good time)*(?: right)? (?:now|yet|ready|at this (?:time|moment"
        r"|point))\b",
        r"(?:\bbad|(?:\bnot|n't) (?:a |the )(?:good|best|right)) (?:time|moment)\b",
        r"\b(?:maybe|perhaps|probably|possibly) %(later)s",
        r"\b(?:check|get|circle|come) back%(gap)s%(later)s",
        r"\b(?:reach out|contact (?:me|us)|try (?:me|us|again)|follow up|touch base|ask (?:me"
        r"|us))(?: again)? %(later)s",
        r"\b(?:hold(?:ing)? off|on hold|put (?:it|this|that|things) off|postpon\w+|taking a break|pressed? pause)\b",
        r"\bwait(?:ing)? (?:until|till|for|on|a (?:while|bit|few|year|month))\b",
        r"\bnot (?:for|until) (?:another|a|the|next|at least|\d)",
        r"\bdown the (?:road|line)\b",
        r"\b(?:just|only) (?:looking|browsing|curious|window shopping|starting to look)(?: around)?\W*$",
        r"\b(?:i'm|we're|am|kind of|pretty) (?:swamped|busy|tied up|traveling|out of town)\b",
    ),
    rule(
        Intent.NOT_INTERESTED,
        0.9,
        "has nothing to sell",
        r"\b(?:not|nothing|(?:don't|doesn't) (?:have|own)%(gap)s|no (?:house|home|property)) (?:to sell|for sale)\b",
        r"\b(?:hard pass|count (?:me|us) out)\b",
    ),
    rule(
        Intent.NOT_INTERESTED,
        0.88,
        "is no longer interested",
        r"\b(?:not|isn't|aren't|no longer|never|wasn't|weren't)(?: really| at all| that| very)* (?:interested"
        r"|in the market"
        r"|looking|considering|moving|selling|buying|for sale)\b(?! (?:at|for (?:anything )?(?:over|under|bigger"
        r"|smaller)))",
        r"\b(?:no interest|lost interest|uninterested|don't (?:want|need) (?:it|this|any|a (?:house|home|place|new)"
        r"|an? %(agent)s|your (?:help|services?)|to (?:buy|sell|move|rent)))\b",
        r"\b(?:already|just) (?:bought|purchased|closed|sold|found (?:a|an|one|our|something)|rented|moved|leased"
        r"|signed|under contract|went under contract)\b",
        r"\b(?:i|we) (?:bought|found|purchased|closed on|went with|sold)(?: (?:a|an|one|our|my|another|something|it"
        r"|the))\b",
        r"\b(?:changed (?:my|our) minds?|decided (?:not to|against|to stay)|staying (?:put|where))\b",
        r"\b(?:i'll|we'll|i will|going to|gonna have to) pass\b",
    ),
    rule(
        Intent.VALUATION,
        0.9,
        "asks what a home is worth",
        r"\b(?:how much|what)%(gap)s(?:%(mine)s|it|%(home)s)%(gap)s(?:worth|valued?|sell for|go for|get for"
        r"|appraise|list for)\b",
        r"\b(?:home|house|property|market) (?:value|valuation|estimate|analysis|appraisal|evaluation|worth)\b",
        r"\b(?:valuation|cma|comps|zestimate|apprais\w+)\b",
        r"\b(?:what|how much)(?:'s| would| could| can| do)%(gap)s(?:get|ask) for (?:my|our|it|the)\b",
        r"\bworth of (?:my|our)\b",
    ),
    rule(
        Intent.BUY_AND_SELL,
        0.88,
        "wants to sell one home and buy another",
        r"\b(?:sell|selling|list|listing)\b[^?!\n]{0,80}\b(?:buy|buying|purchas\w+|upgrad\w+|downsiz\w+|find (?:a"
        r"|another|something)"
        r"|(?:bigger|smaller|new|larger) (?:one|place|house|home))\b",
        r"\b(?:buy|buying|purchas\w+|upsiz\w+|upgrad\w+|downsiz\w+)\b[^?!\n]{0,80}\b(?:sell|selling|list)\b (?:my"
        r"|our|the|mine|ours|this)",
    ),
    rule(
        Intent.SCHEDULE_SHOWING,
        0.9,
        "asks to see a home",
        r"(?<!n't )(?<!not )\b%(view)s(?: at| around| the inside of)? (?:it|them|one|inside"
        r"|(?:an|%(mine)s)(?: [\w-]+){0,4} ?%(dwelling)s|(?:some|a few|more|these|those|any|both|other)"
        r"(?: \w+){0,2} %(dwelling)s|this one|that one|the (?:\w+ ){0,2}(?:bedroom|one)|\d+ [a-z]+ \w+|in person)\b",
        r"\b(?:schedul\w*|book|set(?:ting)? up|arrang\w+|request|want|like|love|get|do|come for|have|need|make"
        r"|reserve|available for"
        r"|plan)%(gap)s(?:showings?|tours?|viewings?|walk-?throughs?|visit|open house|appointment)\b",
        r"\b(?:showing|tour|viewing|walk-?through|visit)%(gap)s(?:possible|available|today|tomorrow|this|next|on"
        r"|at \d|(?:mon|tues?|wednes|thurs?|fri|satur|sun)(?:day)?)\b",
        r"\b(?:show|let) (?:me|us) (?:see |in|around|inside|(?:the|that|this|it)\b)",
        r"\b(?:when|what time|how soon|where)%(gap)s(?:showings?|open house|%(view)s)\b",
        r"\b(?:is there|are there|having|any) (?:an? )?open houses?\b",
        r"\bmeet (?:me|you|us|there|at the)\b",
    ),
    rule(
        Intent.INVEST,
        0.85,
        "is looking for an investment",
        r"\binvest(?:ing|ments?|ors?)?\b",
        r"\b(?:rental (?:property|properties|income)|cash ?flow\w*|cap rates?|house ?flipp\w+|fix (?:and|&|n) flip"
        r"|flips?|brrrr|1031"
        r"|fourplex|triplex|multi-?family|air ?bnb|short[- ]term rental|passive income|turnkey|roi)\b",
    ),
    rule(
        Intent.SELL,
        0.92,
        "asks whether we buy homes",
        r"\b(?:do|would|will) (?:you|ya|y'all)(?: all| guys| folks| still| also)* (?:buy|purchase) (?:\w+ )?%(home)s\b",
    ),
    rule(
        Intent.SELL,
        0.88,
        "wants to sell",
        r"\b(?:sell|selling|list) (?:(?:%(mine)s|it|mine|ours|some)\b|(?:\w+ ){0,2}%(home)s|fast|quick(?:ly)?|soon"
        r"|in|by|before|for)",
        r"\b(?:want|wanting|looking|hoping|thinking|ready|need|plan\w*|going|like|consider\w*|interested"
        r"|decided?)%(gap)s(?:sell|selling)\b",
        r"\b(?:put|get)%(gap)son the market\b",
        r"\b(?:fsbo|for sale by owner|listing agent)\b",
    ),
    rule(
        Intent.BUY,
        0.88,
        "wants to buy",
        r"(?<!not )\b(?:buy|buying|purchas(?:e|ing)|home ?buy(?:er|ing)s?|first[- ]time buyers?)\b",
        r"\b(?:make|put in|submit|write)(?: up)? an? offer\b",
        r"\bown (?:a|our|my) (?:own )?(?:home|house|place)\b",
    ),
    rule(
        Intent.RENT,
        0.84,
        "is looking for a rental",
        r"\b(?:rent|rents|renting|rentals?|renters?|leasing|sublet|sublease|roommates?|section 8"
        r"|month[- ]to[- ]month)\b",
        r"\b(?:short|long|one|1|12|six|6|year|new)[- ](?:term |year |month )?lease\b",
    ),
    rule(
        Intent.QUESTION,
        0.78,
        "asks about a home or its terms",
        r"\b(?:still )?available\b[^.!\n]*\?|^\W*(?:is|are) (?:it|this|that|the \w+|they)%(gap)savailable\b",
        r"(?:\b(?:what|what's|when|where|who|which|why|how|is|are|does|do|did|can|could|will|would|has|have|any|tell me"
        r"|know|wondering|curious)\b[^.!?\n]*?)\b(?:price|cost|hoa|fees?|tax(?:es)?|school|sq ?ft|square f\w+|pets?"
        r"|dogs?|cats?"
        r"|parking|garage|yard|pool|basement|laundry|washer|dryer|utilit\w+|furnish\w+|bed(?:room)?s?"
        r"|bath(?:room)?s?|commission"
        r"|closing costs?|interest rates?|mortgage|down payment|deposit|offers?|seller|listing|house|home|property|unit"
        r"|neighbou?rhood|commute|built|roof|hvac|condition|address|photos?|pictures?|move[- ]in|balcony|gym"
        r"|internet|kitchen"
        r"|appliances|elevator|floor|located|miles|area|phone number|contingen\w+|zoning|flood)\b",
    ),
    rule(
        Intent.BUY,
        0.72,
        "is looking for a home",
        r"\b%(look)s\b(?: \w+){0,2}? (?:for|in|at|a|an|some|any|to (?:see|find|move))\b[^.?!\n]{0,60}?\b%(home)s\b",
        r"\b(?:relocat\w+|moving) to\b",
        r"\b(?:pre-?approv\w+|pre-?qualif\w+|cash buyer|va loan|fha)\b",
    ),
    rule(
        Intent.RENT,
        0.7,
        "is looking for an apartment",
        r"\b(?:apartments?|studio|flat)\b(?![^.?!\n]*\b(?:for sale|complex)\b)",
    ),
    rule(
        Intent.OUT_OF_SCOPE,
        0.7,
        "is about something else",
        r"\b(?:weather|forecast|temperature|joke|song|music|playlist|album|alarm|timer|remind me|reminder|recipe"
        r"|cook|calories"
        r"|flights?|airline|airport|boarding|hotel|rental car|credit card|debit|bank|checking|savings account"
        r"|balance|routing number"
        r"|translate|spell|definition|capital of|news|sports?|game|movie|netflix|tv|restaurant|pizza|dinner|lunch"
        r"|doctor|prescription"
        r"|password|login|refund|shipping|package|order number|subscription|wifi|calendar|meeting|podcast|volume"
        r"|lights?"
        r"|exchange rate|currency|stocks?|crypto|bitcoin|vacation|passport|visa|horoscope|meaning of life"
        r"|oil change|tire|gas)\b",
    ),
)
"""Checked from the top on the whole message."""
