"""What the team file may say of routing and of when people work, and the words with which the rest is refused."""

from __future__ import annotations

import tomllib
from datetime import date
from typing import Any

import pytest

from agent import team as team_file
from agent.commands.routing_checked import findings
from agent.rules.routing_rules import How, Routing, Rule
from agent.rules.team import WEEKDAYS, Vacation
from agent.team import TeamFileError

WHOLE = """
[routing]
claim_minutes = 5

[[routing.rules]]
name = "Spanish speakers"
languages = ["es"]
people = ["sam", "dana"]
how = "weighted"
weights = { sam = 2 }

[[routing.rules]]
name = "Downtown, from 800k"
campaigns = ["spring-guide"]
sources = ["Zillow"]
interests = ["buy"]
areas = ["Downtown"]
postal_codes = ["787"]
states = ["Texas"]
price_from = 800_000
price_to = 2_000_000
score_from = 40
grades = ["A", "B"]
people = ["dana"]
how = "first_to_claim"
fallbacks = [["sam"], ["dana", "sam"]]

[[routing.rules]]
name = "Everybody else"
how = "pond"
"""

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no name": ({"name": ""}, "routing.rules[0].name: write some text here"),
    "a setting nobody knows": ({"zip": ["787"]}, "routing.rules[0].zip: there is no such setting; there are name,"),
    "nobody's key": ({"people": ["zoe"]}, "routing.rules[0].people: 'zoe' is the key of nobody; there are dana, sam"),
    "a person twice": ({"people": ["sam", "sam"]}, "routing.rules[0].people: 'sam' stands there twice"),
    "no people": ({"people": []}, "routing.rules[0].people: name people by their keys, such as ['dana', 'sam']"),
    "one person, not a list": ({"people": "sam"}, "routing.rules[0].people: name people by their keys"),
    "a manner nobody knows": ({"how": "random"}, "routing.rules[0].how: 'random' is none of round_robin, weighted"),
    "an empty condition": ({"sources": []}, "routing.rules[0].sources: write at least one value, or leave the"),
    "an empty text": ({"areas": [""]}, "routing.rules[0].areas: write at least one value, or leave the"),
    "a condition of words": ({"interests": "buy"}, "routing.rules[0].interests: write a list"),
    "a price below nothing": ({"price_from": -1}, "routing.rules[0].price_from: write a whole number above 0"),
    "a price of words": ({"price_to": "500k"}, "routing.rules[0].price_to: write a whole number above 0"),
    "prices turned round": ({"price_from": 9, "price_to": 8}, "routing.rules[0].price_to: it is below price_from"),
    "no state": ({"states": ["Ontario"]}, "routing.rules[0].states: 'Ontario' is no US state"),
    "no postal code": ({"postal_codes": ["78704-12"]}, "routing.rules[0].postal_codes: '78704-12' is no ZIP"),
    "too many points": ({"score_from": 101}, "routing.rules[0].score_from: a score is 100 at most"),
    "no grade": ({"grades": ["E"]}, "routing.rules[0].grades: 'E' is none of A, B, C, D"),
    "weights for turns": (
        {"weights": {"sam": 2}},
        'routing.rules[0].weights: weights stand only with how = "weighted"',
    ),
    "a stranger's weight": (
        {"how": "weighted", "people": ["sam"], "weights": {"dana": 2}},
        "routing.rules[0].weights.dana: there is no such setting; there are sam",
    ),
    "no weight": ({"how": "weighted", "weights": {"sam": 0}}, "routing.rules[0].weights.sam: write a number above 0"),
    "three fallbacks": (
        {"fallbacks": [["sam"], ["dana"], ["sam"]]},
        "routing.rules[0].fallbacks: there may be 2 at most; after them the lead of the team has it",
    ),
    "a fallback that is no list": ({"fallbacks": ["sam"]}, "routing.rules[0].fallbacks: write a list of lists"),
    "a fallback to nobody": ({"fallbacks": [[]]}, "routing.rules[0].fallbacks[0]: name people by their keys"),
    "a pond's fallback": ({"how": "pond", "fallbacks": [["sam"]]}, "routing.rules[0].fallbacks: a pond waits"),
    "a window for turns": ({"claim_minutes": 5}, "routing.rules[0].claim_minutes: a window stands only with"),
    "a window of days": ({"how": "first_to_claim", "claim_minutes": 1441}, "routing.rules[0].claim_minutes: a day"),
}

NOT_THEIRS: dict[str, tuple[dict[str, Any], str]] = {
    "no day": ({"days": ["monday"]}, "assignees[1].days: 'monday' is none of mon, tue, wed, thu, fri, sat, sun"),
    "no days": ({"days": []}, "assignees[1].days: name at least one day, or leave it out for every day"),
    "a vacation in words": ({"vacation": "July"}, "assignees[1].vacation: write a list of spans"),
    "a vacation without an end": ({"vacation": [{"from": date(2026, 7, 1)}]}, "assignees[1].vacation[0].to: write a"),
    "a vacation turned round": (
        {"vacation": [{"from": date(2026, 7, 2), "to": date(2026, 7, 1)}]},
        "assignees[1].vacation[0].to: it ends before it begins",
    ),
    "a misspelt vacation": (
        {"vacation": [{"from": date(2026, 7, 1), "until": date(2026, 7, 2)}]},
        "assignees[1].vacation[0].until: there is no such setting; there are from, to",
    ),
    "half a lead a day": ({"most_per_day": 0.5}, "assignees[1].most_per_day: write a whole number above 0"),
    "no open leads": ({"most_open": 0}, "assignees[1].most_open: write a whole number above 0"),
    "one language, not a list": ({"languages": "Spanish"}, "assignees[1].languages: write a list"),
}


def team(text: str = "", *, sam: dict[str, Any] | None = None, **also: Any) -> Any:
    """A team file of Dana and Sam with this routing."""
    person = {"phone": "+15125550110", "email": "dana@example.com", "zone": "America/Chicago"}
    return {
        "team": {"brokerage": "Alder Realty", "postal_address": "200 Alder Street", "zone": "America/Chicago"},
        "assignees": [
            person | {"key": "dana", "name": "Dana Reyes"},
            person | {"key": "sam", "name": "Sam Ortiz"} | (sam or {}),
        ],
        **tomllib.loads(text),
        **also,
    }


def read(data: Any) -> Any:
    """Read it as `team.toml`."""
    return team_file.from_dict(data, where="team.toml")


def test_whole_rules_are_read_as_they_are_written() -> None:
    assert read(team(WHOLE)).routing == Routing(
        (
            Rule(
                name="Spanish speakers",
                languages=frozenset({"Spanish"}),
                people=("sam", "dana"),
                how=How.WEIGHTED,
                weights={"sam": 2.0},
                claim_minutes=5,
            ),
            Rule(
                name="Downtown, from 800k",
                campaigns=frozenset({"spring-guide"}),
                sources=frozenset({"Zillow"}),
                interests=frozenset({"buy"}),
                areas=("Downtown",),
                postal_codes=("787",),
                states=frozenset({"TX"}),
                price_from=800_000,
                price_to=2_000_000,
                score_from=40,
                grades=frozenset({"A", "B"}),
                people=("dana",),
                how=How.FIRST_TO_CLAIM,
                fallbacks=(("sam",), ("dana", "sam")),
                claim_minutes=5,
            ),
            Rule(name="Everybody else", people=("dana", "sam"), how=How.POND, claim_minutes=5),
        )
    )


def test_without_routing_there_are_no_rules_and_people_work_every_day() -> None:
    found = read(team())
    assert found.routing == Routing()
    sam = found.assignees[1]
    assert (sam.days, sam.vacation, sam.most_per_day, sam.most_open, sam.languages) == (WEEKDAYS, (), None, None, ())


def test_what_people_say_of_their_work_is_read() -> None:
    away = [{"from": date(2026, 12, 20), "to": date(2027, 1, 2)}, {"from": date(2027, 1, 3), "to": date(2027, 1, 9)}]
    said = {
        "days": ["sat", "mon"],
        "vacation": away,
        "most_per_day": 5,
        "most_open": 40,
        "languages": ["es", "English"],
    }
    sam = read(team(sam=said)).assignees[1]
    assert (sam.days, sam.most_per_day, sam.most_open) == (("mon", "sat"), 5, 40)
    assert sam.languages == ("Spanish", "English")
    assert sam.vacation[0] == Vacation(date(2026, 12, 20), date(2027, 1, 2))
    assert sam.away_until(date(2026, 12, 19)) is None
    assert sam.away_until(date(2026, 12, 20)) == date(2027, 1, 9)  # one follows on the other
    assert sam.away_until(date(2027, 1, 9)) == date(2027, 1, 9)
    assert sam.away_until(date(2027, 1, 10)) is None


@pytest.mark.parametrize("case", REFUSED)
def test_a_rule_that_would_not_do_what_it_says_is_refused_with_its_path(case: str) -> None:
    given, said = REFUSED[case]
    with pytest.raises(TeamFileError) as refused:
        read(team(routing={"rules": [{"name": "any"} | given]}))
    assert str(refused.value).startswith(f"team.toml: {said}")


@pytest.mark.parametrize("case", NOT_THEIRS)
def test_what_nobody_can_work_by_is_refused_with_its_path(case: str) -> None:
    given, said = NOT_THEIRS[case]
    with pytest.raises(TeamFileError) as refused:
        read(team(sam=given))
    assert str(refused.value).startswith(f"team.toml: {said}")


@pytest.mark.parametrize(
    "routing, said",
    [
        ([], "routing: this table is missing"),
        ({"rule": []}, "routing.rule: there is no such setting; there are claim_minutes, rules"),
        ({"rules": {}}, "rules: write it as [[rules]]"),
        ({"claim_minutes": 0}, "routing.claim_minutes: write a whole number above 0"),
        ({"rules": [{"name": "a"}, {"name": "a"}]}, "routing.rules[1].name: 'a' is the name of an earlier rule"),
    ],
)
def test_a_routing_that_is_none_is_refused(routing: Any, said: str) -> None:
    with pytest.raises(TeamFileError) as refused:
        read(team(routing=routing))
    assert str(refused.value).startswith(f"team.toml: {said}")


# ------------------------------------------------------------------------------------------ what doctor says


def said(text: str, **also: Any) -> list[tuple[str, str]]:
    """State and words of each line about routing."""
    return [(line.state, line.found) for line in findings(read(team(text, **also)))]


def test_doctor_counts_rules_that_can_match() -> None:
    assert said("") == [("ok", "no rules: everybody takes turns")]
    assert said(WHOLE, campaigns=[{"id": "spring-guide"}]) == [("ok", "3 rules, each can match somebody")]


def test_doctor_names_a_rule_that_can_never_match_anybody() -> None:
    rules = '[[routing.rules]]\nname = "Texas"\nstates = ["TX"]\n'
    rules += '[[routing.rules]]\nname = "Best of Texas"\nstates = ["TX"]\ngrades = ["A"]\n'
    rules += '[[routing.rules]]\nname = "Good and bad"\nscore_from = 80\ngrades = ["D"]\n'
    rules += '[[routing.rules]]\nname = "Guide"\ncampaigns = ["sprng-guide"]\n'
    assert said(rules) == [
        ("broken", "the rule “Good and bad” can never match: no score has score_from and one of its grades"),
        ("broken", "the rule “Best of Texas” can never match: “Texas” stands before it and takes all its leads"),
        ("off", "the rule “Guide” names the campaign sprng-guide, which no [[campaigns]] block sets up"),
    ]
