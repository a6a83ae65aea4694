"""Words and phrases that carry a tone, by what they are worth, for `local_tone`.

Phrases first: they are read whole, so that “no complaints”, “can't wait” or “thanks for nothing” do not fall apart.
General words of praise and trouble as people use them with anybody who serves them; none of a trade.
"""

from __future__ import annotations

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


GOOD = _words(
    """
    love loved loves loving great excellent amazing awesome perfect wonderful fantastic beautiful gorgeous happy
    happier excited exciting glad helpful nice nicer nicest thank thanks appreciate appreciated appreciates lovely
    pleased delighted best good grateful enjoy enjoyed enjoying cool sweet fabulous impressed impressive thrilled
    yay brilliant pleasant pleasantly comfortable recommend kudos superb outstanding terrific phenomenal incredible
    exceptional charming adorable cute stunning cozy dreamy courteous prompt professional friendly kind kindness
    polite welcoming thoughtful caring generous patient patience wonderfully beautifully smooth smoothly seamless
    effortless painless flawless easy easiest breeze gem rockstar rock rocks rocked hero lifesaver angel legend
    champ superstar star stars smitten stoked pumped hyped psyched ecstatic overjoyed elated obsessed tickled
    blessed lucky hopeful relieved relief proud win won winner congrats congratulations bravo cheers hooray woohoo
    wow yes yesss yess better surprised dream favorite fave fun funny hilarious laugh smile smiling smiles grin
    compliment complimentary compliments props fast quick speedy efficient satisfied unreal magical neat dope lit
    sick-good fire ideal spotless pristine bless worth shoutout grace gracious honored pleasure treat perfectly
    charmed splendid marvelous marvellous admire trust faith reliable responsive attentive accommodating luv luved
    yum knowledgeable medal saved
    """
)
BAD = _words(
    """
    hate hated hates terrible horrible awful worst worse bad rude rudely angry upset upsetting annoyed annoying
    disappointed disappointing disappointment disappoints broken frustrated frustrating frustration ridiculous
    unacceptable scam spam harassment harassing disgusting useless waste wasted wasting wrong sick mad stupid idiot
    idiots sucks suck sucked sucky pathetic unprofessional fraud lied lying lies liar liars poor poorly dirty filthy
    disgusted garbage trash hell damn damned dammit shit shitty bullshit fuck fucking fucked crap crappy unhappy
    horrid nasty overpriced ignored ignoring ignores ignore ugly worried worry sad sadly sorry problem problems
    issue issues slow slowest fail failed fails failure failing fml smh wtf ugh ughh meh yuck ew gross shameful
    ashamed shame disgrace disgraceful insult insulted insulting offensive offended offends misled misleading
    deceptive deceived dishonest shady slimy sleazy sketchy greedy ripoff robbery extortion rip-off theft thieves
    steal stole stealing cheated cheat cheating crooks vultures joke mess nightmare disaster shambles chaos chaotic
    fiasco debacle horror hell-hole dump dumps incompetent incompetence inept clueless lazy careless negligent
    neglected lousy mediocre worthless pointless unreliable unresponsive unhelpful uncaring inconvenient
    inconvenience inconvenienced inconsiderate impossible insane absurd outrageous appalling appalled atrocious
    abysmal dreadful miserable misery heartbroken heartbreaking devastated devastating crushed bummed bummer
    depressed depressing crying cried tears-of scared afraid anxious nervous stressed stressful overwhelmed
    exhausted exhausting tired sick-of fed regret regretted regrets complaint complaints complain complaining
    grievance lawsuit sue furious livid pissed irritated irritating irate fuming rage outraged disrespectful
    disrespected disrespect condescending arrogant hostile blame unfair unjust unsafe unsanitary smelled smelly
    stinks stink stank stinking mold moldy termites roaches rats leak leaking rotten rotting damaged damage ruined
    ruin ruins destroyed lost lose losing missed missing delayed delay delays stuck stranded cancelled canceled
    abandoned ghosted forgotten forgot rejected denied refused refuse refuses dropped disconnected hung outbid late
    screwed screwing botched messed unable lacking lack hassle troubles trouble trap bait suffer suffering hurts
    hurt painful pain despise loathe boo fake phony bogus junk cheap-looking dinged never-again insufferable
    unbelievable inexcusable unreasonable laughable disorganized confusing confused omfg smfh disappoint
    embarrassing embarrassed embarrassment offending doomed hopeless helpless ridiculously excuse excuses apology
    apologies apologize bother bothered unanswered racist racists bitch bastards overbooked unprepared defective
    faulty glitch glitches crash crashed crashing error errors
    """
)
SIGNS = {
    **dict.fromkeys("👍😊😀😃😄😁😍🥰❤💕💙🙏🎉😎🔥👏🙌💯", 1),
    **dict.fromkeys((":)", ":-)", ";)", ":d", "=)", "<3", "&lt;3"), 1),
    **dict.fromkeys("👎😡🤬😠😤😒😞😢😭😩🙄💔🤮👿", -1),
    **dict.fromkeys((":(", ":-(", ":/", "=(", "#fail"), -1),
}

_PRAISE = (
    r"\b(?:can't|cannot|cant|can hardly|couldn't) wait (?:to|for|until)\b|\blooking forward\b|\bcan't wait[!.]",
    (
        r"\b(?:no|not a single|zero|never any|can't|nothing to) (?:complain(?:ts?)?|problems?|issues?|worries|hassle"
        r"|trouble)\b"
    ),
    (
        r"\b(?:not (?:too |so )?bad at all|not half bad|couldn't (?:be|have been|ask for)|without (?:a "
        r"|any )?(?:hitch|problems?"
        r"|issues?))\b"
    ),
    (
        r"\b(?:made (?:my|our|the) (?:day|week|year)|means (?:a lot|everything|the world|so much)|you (?:guys "
        r"|all )?rock"
        r"|well done|keep (?:it )?up|nice work|good job|great job|way to go|hats off|shout ?out|above and beyond"
        r"|came through|big help|life ?saver|five stars|5 stars|(?:works?|worked) (?:great|well|perfectly))\b"
    ),
    (
        r"\b(?:in love|this is the one|it's the one|that's the one|got the keys|exactly what (?:we|i)"
        r"|just what (?:we|i)"
        r"|hell yeah|heck yeah|let'?s go+|cool beans|thumbs up|so good|so much better|better than"
        r"|worth every|best [a-z]+ ever|a\+|pay double|teared up|happy tears|dream (?:home|house|come)|be a dream"
        r"|good sign|best news)\b"
    ),
    r"\b(?:didn't|never|haven't) (?:give up|gave up|let (?:me|us) down|disappoint\w*|stopped (?:talking|smiling))\b",
    (
        r"\b(?:was|were) wrong about you\b|\b(?:was|were) (?:dreading|worried|nervous"
        r"|scared)\b[^.?!\n]{0,30}\b(?:but|and you)\b"
        r"|\brestored (?:my|our|an?)\b[^.?!]{0,20}\bfaith\b"
    ),
)
_BLAME = (
    (
        r"\bthanks (?:a lot )?for (?:nothing|(?:not|never|the (?:delay|wait|runaround|headache))|(?:wasting|ruining"
        r"|ignoring"
        r"|losing|making|leaving|cancel\w+|keeping|hanging|forgetting)\b)|\bthanks a lot for\b"
    ),
    (
        r"\b(?:great|nice|wonderful|lovely|fantastic|perfect|awesome|cool)[,. ]+(?:just|now|another|so now|job not)\b"
        r"|^\W*oh,? (?:great|wonderful|lovely|perfect|good|joy|nice)\b|\bjust (?:great|wonderful|perfect|lovely"
        r"|fantastic)\b"
        r"|\blove that for (?:me|us)\b|\bvery funny\b|\bha,? ha\b[,.]|\bnice try\b|\bgood luck (?:with|getting)\b"
        r"|\bonly took you\b|\bhow (?:nice|lovely|convenient|thoughtful) of you\b|\bgotta love\b|\byeah,? no\b"
        r"|\bas usual\b"
    ),
    (
        r"\b(?:never again|last (?:time|straw)|had (?:it|enough)|fed up|sick (?:of|and tired)|tired of|wits'? end"
        r"|done with"
        r"|done (?:hoping|waiting|trying)|give up|gave up|over it|at a loss|no longer trust|lost (?:a|another"
        r"|my) customer"
        r"|won't (?:be )?(?:back|return|recommend\w*|use|fly|book|ever)|never (?:use|using|fly|flying|book|ever"
        r"|coming back))\b"
    ),
    (
        r"\b(?:no ?(?:body|one)|not one|no (?:agent|call|answer|reply|response|apology|help|explanation|updates?"
        r"|shame|reason"
        r"|communication|information|info|notice|sense))\b(?! (?:home|lives|is living|needed|necessary|required))"
    ),
    (
        r"\b(?:still (?:waiting|no|not|haven't|hasn't|nothing|on hold|don't|can't|won't|stuck)|on hold|waited"
        r"|been waiting"
        r"|keep waiting|waiting (?:for )?(?:over|an|\d|two|three|hours)|took (?:you|them|forever)|forever"
        r"|\d+ (?:hours?|hrs?|minutes?|mins?) (?:on hold|late|delay\w*|wait\w*|later)|for (?:\d+|two|three|four"
        r"|over an?)"
        r" (?:hours?|hrs))\b|\b(?:\d+\+?|two|three|four|five|an|another) (?:hours?|hrs?|hr)\b(?! (?:drive|away|from))"
    ),
    (
        r"\b(?:why (?:can't|cant|don't|do you|is (?:it|my|there no)|are (?:you|my|we)|won't|would you|did you"
        r"|didn't|do i"
        r"|bother|have|haven't|does|isn't|the hell|even|not)|how (?:can you|do you|is (?:it|this|that)|come|could you"
        r"|hard is)|do you even|did you even|can (?:some|any)(?:body|one)[^?]{0,25}(?:read|answer|help|explain|do)"
        r"|what(?:'s| is) (?:the point|wrong|going on|the deal|the problem)|seriously|really\?|are you (?:kidding"
        r"|serious))\b"
    ),
    (
        r"\b(?:you|they|he|she|it|guys|agent|rep|staff|people|company|website|site|app|system|phone|line|service"
        r"|customer"
        r" service|y'?all) (?:guys |all |people )?(?:just |really |even |literally |still |also )?(?:never|didn't"
        r"|don't|doesn't"
        r"|won't|wouldn't|can't|couldn't|haven't|hasn't|isn't|aren't|wasn't|weren't|keeps?|refus\w+|lost|broke"
        r"|cancel\w*|failed"
        r"|charged|told (?:me|us)|said|promised|lied|hung|left|forgot|stopped|need to|should|took|wasted|ruined"
        r"|raised)\b"
    ),
    (
        r"\b(?:i|we) (?:can't|cannot|cant|couldn't|could not|was unable|am unable|still can't|(?:was|were) (?:told"
        r"|promised"
        r"|forced|charged|left|stuck|supposed|treated)|had to (?:wait|pay|call|drive|sit|stand|leave)|shouldn't have to"
        r"|have been trying|tried (?:to|calling|for)|keep (?:getting|trying)|never (?:got|received|heard|had)"
        r"|never have"
        r"|haven't (?:heard|received|gotten|been)|haven't|didn't (?:get|receive|even)|need (?:someone|answers|help))\b"
    ),
    (
        r"\b(?:not (?:happy|good|great|cool|ok|okay|acceptable|impressed|pleased|helpful|fair|funny|right|worth|working"
        r"|what (?:we|i) (?:asked|ordered|expected|were|was)|even|at all|enough|again|true)|doesn't work|not working"
        r"|don't appreciate|don't you dare|don't like|doesn't help|didn't help|won't help|can't believe|can't sleep"
        r"|can't even|can't get|can't reach|won't let|let (?:me|us) down|let down|fell thr(?:u|ough)|fallen through)\b"
    ),
    (
        r"\b(?:too (?:small|dark|much|many|expensive|late|long|slow|loud|high)|way too|over budget|price (?:hike"
        r"|gouging)"
        r"|hiked|raised the|took away|rip(?:ped)? off|way (?:high|over)|for that\?|not worth)\b"
    ),
    (
        r"\b(?:what a (?:joke|waste|shame|mess|rip|disaster|nightmare|crock)|are a joke|go wrong|taken? advantage"
        r"|you people|with (?:all due )?respect|whoever (?:took|wrote|did|made)|(?:already|i) (?:told"
        r"|asked) you"
        r"|(?:i|we) said no|how many times|second time|third time|(?:\d(?:rd|th)) time|every (?:single )?(?:time"
        r"|one over)"
        r"|yet again|once again|and (?:counting|yet)|supposed to|instead of|no refund|want (?:a|my) refund|refund"
        r"|compensat\w+"
        r"|lost (?:the house|our|my|it)|took the other offer|got nothing|stop (?:wasting"
        r"|lying"
        r"|ignoring)|do better|get it together|figure it out|fix (?:it|this|your)|beyond frustrated|begin to cover"
        r"|drop(?:ped)? the ball|the least you can)\b|\?{3,}"
    ),
)
INNOCENT = re.compile(
    r"\b(?:good (?:morning|afternoon|evening|day|night|time|number|to know|with|for me)|(?:what|when|which|how)"
    r"[^.?!\n]{0,25}\bgood\b|(?:sounds|looks|that's|is|be|all) (?:good|fine)(?! (?:to me )?!)|best (?:way|time"
    r"|number|regards"
    r"|email|wishes to reach)|wrong (?:number|person)|no (?:problem|worries|thanks|thank you)|not a problem|excuse me"
    r"|easy access|easy walk|fast food|fire ?place|star rating|quick question|(?:sorry|apologies) (?:for|about|i"
    r"|to bother)"
    r"|better (?:than the|to (?:call|text|email)|for (?:me|us)|by)|(?:fair|nice) price|nice to meet|too late"
    r"|late (?:june|july"
    r"|august|september|october|november|december|january|february|march|april|may|spring|summer|fall|winter|afternoon)"
    r"|(?:property|water|any|leak|fire|storm|hail) damage|lost and found|worth (?:it\?|of|now|more|about)|(?:is|are"
    r"|home|house"
    r"|what)[^.?!\n]{0,20}\bworth\b|trust (?:fund|deed)|win[- ]win|love to (?:see|know|hear|talk|schedule|get|have)"
    r"|yes,? (?:i|we|it|that|please|the|at|four|three|two|one|ma'am|sir)|^\W*yes\W*$)\b"
)
"""What looks like a tone and is none: greetings, set phrases, figures of speech of the subject itself."""

PHRASES = (
    (re.compile("|".join(f"(?:{source})" for source in _PRAISE)), 1.5),
    (re.compile("|".join(f"(?:{source})" for source in _BLAME)), -1.0),
)
