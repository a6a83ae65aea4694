"""What a rule may ask of a lead, which language somebody named, and which rules can never match anybody."""

from __future__ import annotations

from typing import Any

import pytest

from agent.rules.languages import language_among, language_named
from agent.rules.routing_checks import never_reached, out_of_reach
from agent.rules.routing_rules import LeadFacts, Routing, Rule, grade_of, holds


def rule(name: str = "any", **asks: Any) -> Rule:
    """A rule that asks for this."""
    return Rule(name=name, people=("maya",), **asks)


SELLER = LeadFacts(
    campaign="spring-guide",
    source="contact-form",
    interests=("sell", "Home valuation"),
    area="South Austin",
    home="14 Alder Court, Zilker",
    postal_code="78704",
    state="TX",
    price_min=400_000,
    price_max=500_000,
    language="Spanish",
    score=60,
)


@pytest.mark.parametrize(
    "asks, met",
    [
        ({}, True),
        ({"campaigns": frozenset({"spring-guide"})}, True),
        ({"campaigns": frozenset({"spring"})}, False),
        ({"sources": frozenset({"Contact Form", "Zillow"})}, True),
        ({"sources": frozenset({"Zillow"})}, False),
        ({"interests": frozenset({"SELL"})}, True),
        ({"interests": frozenset({"home_valuation"})}, True),
        ({"interests": frozenset({"valuation"})}, False),
        ({"areas": ("austin",)}, True),
        ({"areas": ("Zilker",)}, True),
        ({"areas": ("Aus",)}, False),
        ({"areas": ("South Austin TX",)}, False),
        ({"postal_codes": ("787",)}, True),
        ({"postal_codes": ("78704",)}, True),
        ({"postal_codes": ("7870", "6")}, True),
        ({"postal_codes": ("786",)}, False),
        ({"states": frozenset({"TX", "OK"})}, True),
        ({"states": frozenset({"OK"})}, False),
        ({"price_from": 500_000}, True),
        ({"price_from": 500_001}, False),
        ({"price_to": 400_000}, True),
        ({"price_to": 399_999}, False),
        ({"price_from": 420_000, "price_to": 430_000}, True),
        ({"languages": frozenset({"Spanish"})}, True),
        ({"languages": frozenset({"French"})}, False),
        ({"score_from": 60}, True),
        ({"score_from": 61}, False),
        ({"grades": frozenset({"B"})}, True),
        ({"grades": frozenset({"A"})}, False),
        ({"states": frozenset({"TX"}), "languages": frozenset({"French"})}, False),
    ],
)
def test_a_rule_holds_when_all_it_asks_for_is_so(asks: dict[str, Any], met: bool) -> None:  # noqa: FBT001 - a column
    assert holds(rule(**asks), SELLER) is met


@pytest.mark.parametrize(
    "asks",
    [
        {"campaigns": frozenset({"x"})},
        {"sources": frozenset({"x"})},
        {"interests": frozenset({"x"})},
        {"areas": ("x",)},
        {"postal_codes": ("7",)},
        {"states": frozenset({"TX"})},
        {"price_from": 1},
        {"price_to": 1_000_000_000},
        {"languages": frozenset({"English"})},
    ],
)
def test_what_is_not_known_meets_no_condition(asks: dict[str, Any]) -> None:
    assert not holds(rule(**asks), LeadFacts())


@pytest.mark.parametrize(
    "low, high, met", [(None, 450_000, True), (450_000, None, True), (None, 650_000, False), (None, None, False)]
)
def test_one_price_alone_is_the_leads_price(low: int | None, high: int | None, met: bool) -> None:  # noqa: FBT001 - a column
    asked = rule(price_from=400_000, price_to=600_000)
    assert holds(asked, LeadFacts(price_min=low, price_max=high)) is met


@pytest.mark.parametrize(
    "points, grade", [(100, "A"), (80, "A"), (79, "B"), (60, "B"), (59, "C"), (40, "C"), (39, "D"), (0, "D")]
)
def test_grades_begin_at_eighty_sixty_and_forty(points: int, grade: str) -> None:
    assert grade_of(points) == grade


@pytest.mark.parametrize(
    "said, name",
    [
        ("es", "Spanish"), ("es-MX", "Spanish"), ("EN_us", "English"), ("español", "Spanish"), ("Mandarin", "Chinese"),
        ("Klingon", "Klingon"), ("", ""),
    ],
)  # fmt: skip
def test_a_language_field_is_read_as_people_and_browsers_fill_it(said: str, name: str) -> None:
    assert language_named(said) == name


@pytest.mark.parametrize(
    "tag, name",
    [
        ("Spanish", "Spanish"), ("Spanish speaker", "Spanish"), ("speaks Vietnamese", "Vietnamese"),
        ("Language: Korean", "Korean"), ("French doors", ""), ("French Quarter", ""), ("es", ""), ("Polished", ""),
    ],
)  # fmt: skip
def test_a_tag_names_a_language_only_as_a_whole(tag: str, name: str) -> None:
    assert language_among(["Buyer", tag]) == name


# ------------------------------------------------------------------------------------------ rules that never match


@pytest.mark.parametrize(
    "earlier, later, never",
    [
        ({}, {}, True),
        ({}, {"states": frozenset({"TX"})}, True),
        ({"states": frozenset({"TX"})}, {}, False),
        ({"states": frozenset({"TX", "OK"})}, {"states": frozenset({"TX"}), "grades": frozenset({"A"})}, True),
        ({"states": frozenset({"TX"})}, {"states": frozenset({"TX", "OK"})}, False),
        ({"sources": frozenset({"zillow"})}, {"sources": frozenset({"Zillow"})}, True),
        ({"postal_codes": ("787",)}, {"postal_codes": ("78704", "78701")}, True),
        ({"postal_codes": ("78704",)}, {"postal_codes": ("787",)}, False),
        ({"areas": ("Austin",)}, {"areas": ("South Austin",)}, True),
        ({"areas": ("South Austin",)}, {"areas": ("Austin",)}, False),
        ({"price_to": 500_000}, {"price_from": 100_000, "price_to": 500_000}, True),
        ({"price_to": 500_000}, {"price_from": 100_000}, False),
        ({"price_from": 1}, {}, False),
        ({"score_from": 60}, {"grades": frozenset({"A", "B"})}, True),
        ({"grades": frozenset({"A"})}, {"score_from": 79}, False),
        ({"grades": frozenset({"A"})}, {"score_from": 80}, True),
    ],
)
def test_a_rule_after_a_wider_one_never_matches(earlier: dict[str, Any], later: dict[str, Any], never: bool) -> None:  # noqa: FBT001 - a column
    found = never_reached(Routing((rule("one", **earlier), rule("two", **later))))
    assert [(after.name, before.name) for after, before in found] == ([("two", "one")] if never else [])


def test_a_score_no_grade_reaches_is_out_of_reach() -> None:
    assert out_of_reach(rule(grades=frozenset({"C", "D"}), score_from=60))
    assert not out_of_reach(rule(grades=frozenset({"B"}), score_from=79))
