"""Who gets a lead, and why: the rule that decides, the people it names, who of them is free, and whose turn it is.

1. The first rule whose conditions hold decides; where none does, everybody takes turns.
2. A pond is open to all its people. Otherwise its lists are looked through in order: its people, then each fallback.
3. Free is who is not on vacation, under their caps, at work now and speaks the lead's language, where both are known.
4. The first list with somebody free gives the lead to whose turn it is, or offers it to all, and the first has it.
5. Nobody free on any list: the same again without asking for hours and languages. Still nobody: the lead of the team.
6. A lead that came long ago goes to whose turn it is, vacations aside; nobody is called to hurry for it.

The same facts give the same answer. The sentence of an answer names everybody who was passed over, and why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from agent.rules.routing_rules import How, LeadFacts, Routing, Rule, holds

_NEVER = datetime.min.replace(tzinfo=UTC)
_FALLBACK = ("", "first fallback", "second fallback")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One person as routing sees them. `name` is how the sentence calls them, caps are None where there are none.

    `assigned_today` counts new leads since midnight, `assigned_lately` those of the last seven days, `open_leads` what
    Tend is not done with. `languages` is empty where nobody said.
    """

    key: str
    name: str
    at_work: bool = True
    away_until: date | None = None
    assigned_today: int = 0
    assigned_lately: int = 0
    open_leads: int = 0
    last_assigned_at: datetime | None = None
    most_per_day: int | None = None
    most_open: int | None = None
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PassedOver:
    """Somebody of the lists who did not get it, and why, as the end of “Sam …”."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned:
    """One person has the lead. `rule` is empty where none decided; `why` is the sentence for the team."""

    key: str
    rule: str
    why: str
    passed_over: tuple[PassedOver, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """These people are asked, and the first to claim has it. `at` is the list of the rule that was reached."""

    keys: tuple[str, ...]
    at: int
    rule: str
    why: str
    passed_over: tuple[PassedOver, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class InPond:
    """Nobody has it, and each of these people may take it whenever they like."""

    keys: tuple[str, ...]
    rule: str
    why: str


Decision = Assigned | Offered | InPond


def route(routing: Routing, lead: LeadFacts, people: Sequence[Person], *, team_lead: str) -> Decision:
    """Decide for a lead nobody has. `people` is the whole team in order, `team_lead` the key of whoever leads it."""
    rule = next((rule for rule in routing.rules if holds(rule, lead)), None)
    if rule is None:
        everybody = tuple(person.key for person in people)
        said = "no rule matches, so everybody in turn" if routing.rules else "everybody in turn"
        return _decide(Rule(name="", people=everybody), lead, people, team_lead=team_lead, said=said, start=0)
    return _decide(rule, lead, people, team_lead=team_lead, said=f"rule “{rule.name}”", start=0)


def route_on(rule: Rule, lead: LeadFacts, people: Sequence[Person], *, team_lead: str, reached: int) -> Decision:
    """Decide anew for a lead that nobody claimed in time, by the lists that follow the one that was `reached`."""
    return _decide(rule, lead, people, team_lead=team_lead, said=f"rule “{rule.name}”", start=reached + 1)


def _decide(
    rule: Rule, lead: LeadFacts, people: Sequence[Person], *, team_lead: str, said: str, start: int
) -> Decision:
    by_key = {person.key: person for person in people}
    lists = [(at, [by_key[key] for key in keys]) for at, keys in enumerate(rule.lists) if at >= start]
    if rule.how is How.POND:
        names = _listed([person.name for person in lists[0][1]], "or")
        return InPond(keys=rule.people, rule=rule.name, why=f"In the pond: {said}; {names} may take it.")
    for strictly in (True, False):
        looked_at: dict[str, PassedOver] = {}
        for at, theirs in lists:
            reasons = {person.key: _why_not(person, lead, strictly=strictly) for person in theirs}
            looked_at |= {person.key: PassedOver(person.name, reasons[person.key]) for person in theirs}
            free = [person for person in theirs if not reasons[person.key]]
            if free:
                passed_over = tuple(each for each in looked_at.values() if each.reason)
                label = f"{said}, {_FALLBACK[at]}" if at else said
                return _given(rule, lead, free, at=at, said=label, alone=len(theirs) == 1, passed_over=passed_over)
    leader = by_key[team_lead]
    passed_over = tuple(looked_at.values())
    why = f"{leader.name} leads the team and takes it: {said}, nobody else can{_those(passed_over)}."
    return Assigned(key=leader.key, rule=rule.name, why=why, passed_over=passed_over)


def _why_not(person: Person, lead: LeadFacts, *, strictly: bool) -> str:
    """Why this person is not free, as the end of “Sam …”; empty for somebody who is."""
    if person.away_until is not None:
        return f"is on vacation until {person.away_until:%-d %B}"
    if not lead.is_new:
        return ""
    if person.most_per_day is not None and person.assigned_today >= person.most_per_day:
        return f"has reached {_counted(person.most_per_day, 'new lead')} today"
    if person.most_open is not None and person.open_leads >= person.most_open:
        return f"has reached {_counted(person.most_open, 'open lead')}"
    if strictly and not person.at_work:
        return "is not at work now"
    return _cannot_speak(person, lead) if strictly else ""


def _cannot_speak(person: Person, lead: LeadFacts) -> str:
    """Why they are not free for a lead of this language; empty where we do not know which they speak, or it speaks."""
    spoken = {language.casefold() for language in person.languages}
    if not lead.language or not spoken or lead.language.casefold() in spoken:
        return ""
    return f"does not speak {lead.language}"


def _given(
    rule: Rule,
    lead: LeadFacts,
    free: Sequence[Person],
    *,
    at: int,
    said: str,
    alone: bool,
    passed_over: tuple[PassedOver, ...],
) -> Decision:
    """Give the lead to those who are free, `alone` where the list names one person only."""
    if rule.how is How.FIRST_TO_CLAIM and lead.is_new:
        waits = lead.grade != "A" and not any(person.at_work for person in free)
        window = f"for {_counted(rule.claim_minutes, 'minute')}{' from when they next work' if waits else ''}"
        names = _listed([person.name for person in free], "and")
        why = f"Offered to {names} {window}: {said}, the first to take it has it{_those(passed_over)}."
        return Offered(
            keys=tuple(person.key for person in free), at=at, rule=rule.name, why=why, passed_over=passed_over
        )
    chosen, turn = _next_by_weight(rule, free) if rule.how is How.WEIGHTED else _next_in_turn(free)
    if len(free) == 1:
        turn = "" if alone else "the only one who can"
    because = f"{said}, {turn}" if turn else said
    late = "" if lead.is_new else "; it came long ago, so hours and caps do not count"
    why = f"{chosen.name} takes it{_though(chosen, lead)}: {because}{late}{_those(passed_over)}."
    return Assigned(key=chosen.key, rule=rule.name, why=why, passed_over=passed_over)


def _next_in_turn(free: Sequence[Person]) -> tuple[Person, str]:
    """Whoever is longest without a new lead; of several the first on the list."""
    chosen = min(free, key=lambda person: person.last_assigned_at or _NEVER)
    return chosen, "no new lead so far" if chosen.last_assigned_at is None else "longest without a new lead"


def _next_by_weight(rule: Rule, free: Sequence[Person]) -> tuple[Person, str]:
    """Whoever has had least lately for their weight; of several the first on the list."""
    chosen = min(free, key=lambda person: person.assigned_lately / rule.weights.get(person.key, 1))
    return chosen, "furthest below their share"


def _though(chosen: Person, lead: LeadFacts) -> str:
    """What was not asked for any more, since nobody had it all."""
    if not lead.is_new:
        return ""
    if not chosen.at_work:
        return ", though not at work now"
    return f", though not known to speak {lead.language}" if _cannot_speak(chosen, lead) else ""


def _those(passed_over: Iterable[PassedOver]) -> str:
    return "".join(f"; {each.name} {each.reason}" for each in passed_over)


def _counted(number: int, one: str) -> str:
    return f"{number} {one}" if number == 1 else f"{number} {one}s"


def _listed(names: Sequence[str], last: str) -> str:
    return f" {last} ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)


def called(names: Mapping[str, str]) -> dict[str, str]:
    """How a sentence calls each person (full names by key): by first name, in full where two share one."""
    first = {key: name.split()[0] for key, name in names.items()}
    return {key: name if list(first.values()).count(first[key]) > 1 else first[key] for key, name in names.items()}
