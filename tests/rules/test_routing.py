"""Who gets which lead, case by case, with the whole sentence that the team reads."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.rules.routing import Assigned, Decision, InPond, Offered, Person, called, route, route_on
from agent.rules.routing_rules import How, LeadFacts, Routing, Rule

NOON = datetime(2026, 12, 1, 18, tzinfo=UTC)
DANA = Person(key="dana", name="Dana", last_assigned_at=NOON - timedelta(days=1))
MAYA = Person(key="maya", name="Maya", last_assigned_at=NOON - timedelta(days=3))
SAM = Person(key="sam", name="Sam", last_assigned_at=NOON - timedelta(days=2))
BO = Person(key="bo", name="Bo", last_assigned_at=NOON - timedelta(hours=1))
EVERYONE = (DANA, MAYA, SAM, BO)
LEAD = LeadFacts(source="Zillow", interests=("buy",), area="Round Rock, TX", postal_code="78664", state="TX", score=50)
AWAY = {"away_until": date(2026, 12, 3)}
OFF: dict[str, Any] = {"at_work": False}


def team(**changes: dict[str, Any]) -> list[Person]:
    """Everybody, some of them changed, by key."""
    return [replace(person, **changes.get(person.key, {})) for person in EVERYONE]


def rule(name: str = "Round Rock", people: str = "maya sam bo", **given: Any) -> Rule:
    """A rule for these people."""
    return Rule(name=name, people=tuple(people.split()), **given)


def decide(*rules: Rule, lead: LeadFacts = LEAD, **changes: dict[str, Any]) -> Decision:
    """Route the lead by these rules; the changes are of people, by key."""
    return route(Routing(rules), lead, team(**changes), team_lead="dana")


FIRST, WEIGHTED, POND = How.FIRST_TO_CLAIM, How.WEIGHTED, How.POND
FALLBACKS = (("bo",), ("sam",))
A_GRADE = replace(LEAD, score=80)
SPANISH = replace(LEAD, language="Spanish")
SPEAKS = {"languages": ("English", "Spanish")}
ENGLISH = {"languages": ("English",)}
OLD = replace(LEAD, is_new=False)

CASES: dict[str, tuple[Decision, str, str]] = {
    # ---- round robin
    "no rules at all": (decide(), "maya", "Maya takes it: everybody in turn, longest without a new lead."),
    "no rule matches": (
        decide(rule(states=frozenset({"CA"}))),
        "maya",
        "Maya takes it: no rule matches, so everybody in turn, longest without a new lead.",
    ),
    "the longest without one": (
        decide(rule()),
        "maya",
        "Maya takes it: rule “Round Rock”, longest without a new lead.",
    ),
    "the first rule that matches": (
        decide(rule("California", "bo", states=frozenset({"CA"})), rule("Texas", "sam"), rule("Everywhere")),
        "sam",
        "Sam takes it: rule “Texas”.",
    ),
    "never had one": (
        decide(rule(), bo={"last_assigned_at": None}),
        "bo",
        "Bo takes it: rule “Round Rock”, no new lead so far.",
    ),
    "a tie goes by the list": (
        decide(rule(people="sam maya"), maya={"last_assigned_at": None}, sam={"last_assigned_at": None}),
        "sam",
        "Sam takes it: rule “Round Rock”, no new lead so far.",
    ),
    "one named, one free": (decide(rule(people="bo")), "bo", "Bo takes it: rule “Round Rock”."),
    # ---- vacation, caps, hours, languages
    "on vacation": (
        decide(rule(), maya=AWAY),
        "sam",
        "Sam takes it: rule “Round Rock”, longest without a new lead; Maya is on vacation until 3 December.",
    ),
    "two away": (
        decide(rule(), maya=AWAY, sam=AWAY),
        "bo",
        (
            "Bo takes it: rule “Round Rock”, the only one who can; Maya is on vacation until 3 December; "
            "Sam is on vacation until 3 December."
        ),
    ),
    "enough for today": (
        decide(rule(), maya={"most_per_day": 5, "assigned_today": 5}),
        "sam",
        "Sam takes it: rule “Round Rock”, longest without a new lead; Maya has reached 5 new leads today.",
    ),
    "one below the cap of the day": (
        decide(rule(), maya={"most_per_day": 5, "assigned_today": 4}),
        "maya",
        "Maya takes it: rule “Round Rock”, longest without a new lead.",
    ),
    "one lead a day": (
        decide(rule(people="maya bo"), maya={"most_per_day": 1, "assigned_today": 1}),
        "bo",
        "Bo takes it: rule “Round Rock”, the only one who can; Maya has reached 1 new lead today.",
    ),
    "enough open leads": (
        decide(rule(), maya={"most_open": 40, "open_leads": 41}),
        "sam",
        "Sam takes it: rule “Round Rock”, longest without a new lead; Maya has reached 40 open leads.",
    ),
    "not at work": (
        decide(rule(), maya=OFF),
        "sam",
        "Sam takes it: rule “Round Rock”, longest without a new lead; Maya is not at work now.",
    ),
    "vacation is said before hours": (
        decide(rule(people="maya bo"), maya=AWAY | OFF),
        "bo",
        "Bo takes it: rule “Round Rock”, the only one who can; Maya is on vacation until 3 December.",
    ),
    "nobody at work": (
        decide(rule(), maya=OFF, sam=OFF, bo=OFF),
        "maya",
        "Maya takes it, though not at work now: rule “Round Rock”, longest without a new lead.",
    ),
    "nobody at work, and one away": (
        decide(rule(), maya=OFF | AWAY, sam=OFF, bo=OFF),
        "sam",
        (
            "Sam takes it, though not at work now: rule “Round Rock”, longest without a new lead; "
            "Maya is on vacation until 3 December."
        ),
    ),
    "nobody at work on any list": (
        decide(rule(people="maya", fallbacks=FALLBACKS), maya=OFF, sam=OFF, bo=OFF),
        "maya",
        "Maya takes it, though not at work now: rule “Round Rock”.",
    ),
    "the one who speaks it": (
        decide(rule(), lead=SPANISH, maya=ENGLISH, sam=ENGLISH, bo=SPEAKS),
        "bo",
        (
            "Bo takes it: rule “Round Rock”, the only one who can; Maya does not speak Spanish; "
            "Sam does not speak Spanish."
        ),
    ),
    "nobody said what they speak": (
        decide(rule(), lead=SPANISH),
        "maya",
        "Maya takes it: rule “Round Rock”, longest without a new lead.",
    ),
    "nobody speaks it": (
        decide(rule(people="maya sam"), lead=SPANISH, maya=ENGLISH, sam=ENGLISH),
        "maya",
        "Maya takes it, though not known to speak Spanish: rule “Round Rock”, longest without a new lead.",
    ),
    "no language is asked for": (
        decide(rule(people="maya sam"), maya=ENGLISH, sam=SPEAKS),
        "maya",
        "Maya takes it: rule “Round Rock”, longest without a new lead.",
    ),
    # ---- weighted
    "least for their weight": (
        decide(
            rule(how=WEIGHTED, weights={"maya": 3}),
            maya={"assigned_lately": 5},
            sam={"assigned_lately": 2},
            bo={"assigned_lately": 4},
        ),
        "maya",
        "Maya takes it: rule “Round Rock”, furthest below their share.",
    ),
    "a weight that is not said is one": (
        decide(
            rule(how=WEIGHTED, weights={"maya": 2}),
            maya={"assigned_lately": 3},
            sam={"assigned_lately": 1},
            bo={"assigned_lately": 2},
        ),
        "sam",
        "Sam takes it: rule “Round Rock”, furthest below their share.",
    ),
    "weights tie by the list": (
        decide(rule(people="bo maya", how=WEIGHTED), bo={"assigned_lately": 2}, maya={"assigned_lately": 2}),
        "bo",
        "Bo takes it: rule “Round Rock”, furthest below their share.",
    ),
    "the heaviest is away": (
        decide(rule(people="maya bo", how=WEIGHTED, weights={"maya": 9}), maya=AWAY),
        "bo",
        "Bo takes it: rule “Round Rock”, the only one who can; Maya is on vacation until 3 December.",
    ),
    # ---- fallbacks and the lead of the team
    "first fallback": (
        decide(rule(people="maya", fallbacks=FALLBACKS), maya=AWAY),
        "bo",
        "Bo takes it: rule “Round Rock”, first fallback; Maya is on vacation until 3 December.",
    ),
    "second fallback": (
        decide(rule(people="maya", fallbacks=FALLBACKS), maya=AWAY, bo=OFF),
        "sam",
        (
            "Sam takes it: rule “Round Rock”, second fallback; Maya is on vacation until 3 December; "
            "Bo is not at work now."
        ),
    ),
    "a fallback of two takes turns": (
        decide(rule(people="maya", fallbacks=(("bo", "sam"),)), maya=AWAY),
        "sam",
        (
            "Sam takes it: rule “Round Rock”, first fallback, longest without a new lead; "
            "Maya is on vacation until 3 December."
        ),
    ),
    "nobody on any list": (
        decide(rule(people="maya", fallbacks=FALLBACKS), maya=AWAY, bo=AWAY, sam={"most_open": 3, "open_leads": 3}),
        "dana",
        (
            "Dana leads the team and takes it: rule “Round Rock”, nobody else can; "
            "Maya is on vacation until 3 December; "
            "Bo is on vacation until 3 December; Sam has reached 3 open leads."
        ),
    ),
    "the lead of the team though away": (
        decide(rule(people="dana maya"), dana=AWAY, maya=AWAY),
        "dana",
        (
            "Dana leads the team and takes it: rule “Round Rock”, nobody else can; "
            "Dana is on vacation until 3 December; "
            "Maya is on vacation until 3 December."
        ),
    ),
    "nobody of the whole team": (
        decide(dana=AWAY, maya=AWAY, sam=AWAY, bo=AWAY),
        "dana",
        (
            "Dana leads the team and takes it: everybody in turn, nobody else can; "
            "Dana is on vacation until 3 December; "
            "Maya is on vacation until 3 December; Sam is on vacation until 3 December; "
            "Bo is on vacation until 3 December."
        ),
    ),
    # ---- first to claim
    "offered to all who are free": (
        decide(rule(how=FIRST)),
        "maya sam bo",
        "Offered to Maya, Sam and Bo for 10 minutes: rule “Round Rock”, the first to take it has it.",
    ),
    "offered to two": (
        decide(rule(how=FIRST, claim_minutes=5), sam=AWAY),
        "maya bo",
        (
            "Offered to Maya and Bo for 5 minutes: rule “Round Rock”, the first to take it has it; "
            "Sam is on vacation until 3 December."
        ),
    ),
    "offered to one": (
        decide(rule(people="bo", how=FIRST, claim_minutes=1)),
        "bo",
        "Offered to Bo for 1 minute: rule “Round Rock”, the first to take it has it.",
    ),
    "offered to the fallback": (
        decide(rule(people="maya", how=FIRST, fallbacks=(("sam", "bo"),)), maya=OFF),
        "sam bo",
        (
            "Offered to Sam and Bo for 10 minutes: rule “Round Rock”, first fallback, the first to take it has it; "
            "Maya is not at work now."
        ),
    ),
    "offered at night": (
        decide(rule(how=FIRST), maya=OFF, sam=OFF, bo=OFF),
        "maya sam bo",
        (
            "Offered to Maya, Sam and Bo for 10 minutes from when they next work: rule “Round Rock”, "
            "the first to take it has it."
        ),
    ),
    "grade A at night does not wait": (
        decide(rule(how=FIRST), lead=A_GRADE, maya=OFF, sam=OFF, bo=OFF),
        "maya sam bo",
        "Offered to Maya, Sam and Bo for 10 minutes: rule “Round Rock”, the first to take it has it.",
    ),
    "nobody to offer it to": (
        decide(rule(people="maya", how=FIRST), maya=AWAY),
        "dana",
        "Dana leads the team and takes it: rule “Round Rock”, nobody else can; Maya is on vacation until 3 December.",
    ),
    # ---- ponds
    "in the pond of three": (
        decide(rule(how=POND)),
        "maya sam bo",
        "In the pond: rule “Round Rock”; Maya, Sam or Bo may take it.",
    ),
    "in the pond of one": (
        decide(rule(people="bo", how=POND)),
        "bo",
        "In the pond: rule “Round Rock”; Bo may take it.",
    ),
    "a pond waits for who is away": (
        decide(rule(people="maya bo", how=POND), maya=AWAY, bo=OFF),
        "maya bo",
        "In the pond: rule “Round Rock”; Maya or Bo may take it.",
    ),
    # ---- leads from long ago
    "long ago, by turn": (
        decide(rule(), lead=OLD, maya=OFF | {"most_per_day": 1, "assigned_today": 1}),
        "maya",
        (
            "Maya takes it: rule “Round Rock”, longest without a new lead; "
            "it came long ago, so hours and caps do not count."
        ),
    ),
    "long ago, nobody hurries": (
        decide(rule(how=FIRST), lead=OLD),
        "maya",
        (
            "Maya takes it: rule “Round Rock”, longest without a new lead; "
            "it came long ago, so hours and caps do not count."
        ),
    ),
    "long ago, not to who is away": (
        decide(rule(people="maya bo"), lead=OLD, maya=AWAY),
        "bo",
        (
            "Bo takes it: rule “Round Rock”, the only one who can; it came long ago, so hours and caps do not count; "
            "Maya is on vacation until 3 December."
        ),
    ),
    "long ago, in the pond": (
        decide(rule(people="bo", how=POND), lead=OLD),
        "bo",
        "In the pond: rule “Round Rock”; Bo may take it.",
    ),
}


def whose(decision: Decision) -> str:
    """The keys of whoever the decision names."""
    match decision:
        case Assigned(key=key):
            return key
        case Offered(keys=keys) | InPond(keys=keys):
            return " ".join(keys)


@pytest.mark.parametrize("case", CASES)
def test_it_goes_to_these_people_for_this_reason(case: str) -> None:
    decision, wanted, why = CASES[case]
    assert (whose(decision), decision.why) == (wanted, why)


def test_there_are_forty_cases_and_more() -> None:
    assert len(CASES) >= 40


# ------------------------------------------------------------------------------------------ nobody claimed in time

CLAIM = rule(people="maya", how=FIRST, fallbacks=(("sam", "bo"), ("dana",)), claim_minutes=5)


@pytest.mark.parametrize(
    "reached, changes, keys, why",
    [
        (
            0,
            {},
            "sam bo",
            "Offered to Sam and Bo for 5 minutes: rule “Round Rock”, first fallback, the first to take it has it.",
        ),
        (
            0,
            {"sam": AWAY, "bo": OFF},
            "dana",
            (
                "Offered to Dana for 5 minutes: rule “Round Rock”, second fallback, the first to take it has it; "
                "Sam is on vacation until 3 December; Bo is not at work now."
            ),
        ),
        (
            1,
            {},
            "dana",
            "Offered to Dana for 5 minutes: rule “Round Rock”, second fallback, the first to take it has it.",
        ),
        (2, {}, "dana", "Dana leads the team and takes it: rule “Round Rock”, nobody else can."),
        (
            1,
            {"dana": AWAY},
            "dana",
            (
                "Dana leads the team and takes it: rule “Round Rock”, nobody else can; "
                "Dana is on vacation until 3 December."
            ),
        ),
    ],
)
def test_whom_nobody_claimed_goes_to_the_lists_that_follow(
    reached: int, changes: dict[str, dict[str, Any]], keys: str, why: str
) -> None:
    decision = route_on(CLAIM, LEAD, team(**changes), team_lead="dana", reached=reached)
    assert (whose(decision), decision.why) == (keys, why)


def test_people_are_called_by_first_name_unless_two_share_one() -> None:
    names = {"a": "Maya Reyes", "b": "Maya Lind", "c": "Sam Ortiz"}
    assert called(names) == {"a": "Maya Reyes", "b": "Maya Lind", "c": "Sam"}


# ------------------------------------------------------------------------------------------ for all teams

PEOPLE = st.fixed_dictionaries(
    {
        "at_work": st.booleans(),
        "away_until": st.none() | st.just(date(2026, 12, 3)),
        "assigned_today": st.integers(0, 3),
        "assigned_lately": st.integers(0, 9),
        "open_leads": st.integers(0, 5),
        "last_assigned_at": st.none() | st.sampled_from([NOON, NOON - timedelta(days=1)]),
        "most_per_day": st.none() | st.integers(1, 3),
        "most_open": st.none() | st.integers(1, 5),
        "languages": st.sampled_from([(), ("English",), ("Spanish",)]),
    }
)
KEYS = ("dana", "maya", "sam", "bo")
SOME = st.lists(st.sampled_from(KEYS), min_size=1, unique=True).map(tuple)
RULES = st.builds(
    Rule,
    name=st.just("any"),
    people=SOME,
    how=st.sampled_from([How.ROUND_ROBIN, How.WEIGHTED, How.FIRST_TO_CLAIM]),
    fallbacks=st.lists(SOME, max_size=2).map(tuple),
)


@given(RULES, st.lists(PEOPLE, min_size=4, max_size=4), st.sampled_from(["", "Spanish"]), st.integers(0, 100))
def test_nobody_on_vacation_or_over_a_cap_is_named_but_the_lead_of_the_team_when_nobody_is_left(
    asked: Rule, given_people: list[dict[str, Any]], language: str, score: int
) -> None:
    people = [replace(person, **changes) for person, changes in zip(EVERYONE, given_people, strict=True)]
    lead = replace(LEAD, language=language, score=score)
    decision = route(Routing((asked,)), lead, people, team_lead="dana")
    named = whose(decision).split()
    listed = {key for keys in asked.lists for key in keys}
    can = {
        person.key
        for person in people
        if person.key in listed
        and person.away_until is None
        and (person.most_per_day is None or person.assigned_today < person.most_per_day)
        and (person.most_open is None or person.open_leads < person.most_open)
    }
    assert named
    assert set(named) <= can or (not can and named == ["dana"])
    assert not isinstance(decision, InPond)
    passed_over = {each.name for each in decision.passed_over}
    assert not passed_over & {person.name for person in people if person.key in set(named) & can}
    assert route(Routing((asked,)), lead, people, team_lead="dana") == decision


def test_a_thousand_leads_are_shared_out_by_weight() -> None:
    got = dict.fromkeys(KEYS, 0)
    shares = {"maya": 3, "sam": 1}
    asked = rule(people="maya sam", how=WEIGHTED, weights=shares)
    for number in range(1000):
        people = team(**{key: {"assigned_lately": got[key]} for key in KEYS})
        got[whose(route(Routing((asked,)), LEAD, people, team_lead="dana"))] += 1
        assert sum(got.values()) == number + 1
    assert (got["maya"], got["sam"]) == (750, 250)


def test_turns_go_round() -> None:
    last, order = dict.fromkeys(KEYS, NOON), []
    for number in range(400):
        people = team(**{key: {"last_assigned_at": last[key]} for key in KEYS})
        chosen = whose(route(Routing(), LEAD, people, team_lead="dana"))
        last[chosen] = NOON + timedelta(seconds=number + 1)
        order.append(chosen)
    assert all(len(set(order[at : at + 4])) == 4 for at in range(397))
