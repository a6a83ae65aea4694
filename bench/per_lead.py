"""What one form costs the processor, in microseconds: checked by the door's rules, scored by both profiles, and routed.

Routed by the last of twenty rules, among eight people. The floor of the same run is decoding the same bytes and nothing
else. No network and no database take part. Goal: to check, score and route a lead takes less than a millisecond, so
that the rules are never what a rush waits for.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from agent.rules import campaign_score, engagement, form_facts
from agent.rules.history import History, as_now
from agent.rules.routing import Person, route
from agent.rules.routing_rules import How, LeadFacts, Routing, Rule
from agent.rules.scoring_profiles import load_profiles
from agent.web.api import capture_form
from bench.figures import machine, middle, tell

GOAL_MICROSECONDS = 1000.0
_URGENCIES = ("", "low", "medium", "high", "emergency")
_DOMAINS = ("gmail.com", "alder-homes.com", "yahoo.com", "mail.example.com", "mailinator.com")


def bodies(count: int, *, seed: int) -> list[bytes]:
    """Forms as browsers post them, no two alike."""
    return [
        json.dumps(
            {
                "campaign_id": "spring-guide",
                "source": "landing-page",
                "contact": {
                    "firstName": f"Ana {seed}",
                    "lastName": f"Berg {number}",
                    "email": f"ana.{seed}.{number}@{_DOMAINS[number % len(_DOMAINS)]}",
                    "phone": f"+1512555{100 + number % 100:04}",
                    "company": "Berg Homes" if number % 3 else "",
                },
                "lead_details": {
                    "service_interest": "buying" if number % 4 else "general",
                    "urgency": _URGENCIES[number % len(_URGENCIES)],
                    "budget_range": "$400k to $500k",
                    "message": "We would like to buy a house near the park this summer.",
                },
                "tracking": {"time_on_page": number % 400, "utm_medium": "cpc", "utm_source": "google"},
                "form_metadata": {"form_type": "guide", "consent_given": True, "fields_completed": "all"},
            }
        ).encode()
        for number in range(count)
    ]


PEOPLE = [
    Person(key=f"p{number}", name=f"Person {number}", assigned_lately=number, languages=("English",))
    for number in range(8)
]
RULES = Routing(
    (
        *(
            Rule(name=f"area {number}", areas=(f"area {number}",), price_from=100_000, people=("p0", "p1"))
            for number in range(19)
        ),
        Rule(
            name="buyers",
            interests=frozenset({"buying", "general"}),
            score_from=1,
            how=How.WEIGHTED,
            people=tuple(each.key for each in PEOPLE),
        ),
    )
)
"""As many rules as a large team may have; nineteen of them ask in vain."""


def microseconds(*, count: int, rounds: int, seed: int) -> dict[str, float]:
    """Microseconds a lead, median over rounds: `decode` (the floor), `validate`, `score`, `route`, and those three."""
    posted = bodies(count, seed=seed)
    profiles, now = load_profiles(), datetime(2026, 11, 21, 15, tzinfo=UTC)
    form, moves = profiles.campaign_on(now.date()), profiles.engagement_on(now.date())
    read = [_validated(body) for body in posted]

    points: dict[int, int] = {}

    def score(content: Any) -> None:
        found = form_facts.read(content, form)
        points[id(content)] = campaign_score.score(found.facts, form).points
        known = {"urgency": found.facts.urgency, "intent": "buy", "timeline": "this summer"}
        told = History(arrived_at=now, learned=known, since={}, reached_since={"email": now, "sms": now})
        engagement.score(as_now(told, machine_seconds=moves.machine_seconds), now, moves)

    def choose(content: Any) -> None:
        details = content["lead_details"]
        wanted = (str(details["service_interest"]),)
        facts = LeadFacts(campaign=content["campaign_id"], interests=wanted, area="Austin", score=points[id(content)])
        route(RULES, facts, PEOPLE, team_lead="p0")

    decode = msgspec.json.Decoder(dict[str, Any]).decode
    spent = {
        "decode": _each(decode, posted, rounds),
        "validate": _each(_validated, posted, rounds),
        "score": _each(score, read, rounds),
        "route": _each(choose, read, rounds),
    }
    return {**spent, "validate_score_and_route": spent["validate"] + spent["score"] + spent["route"]}


def _validated(body: bytes) -> Any:
    return capture_form.read(body, idempotency_key=None, token="", origin="").content


def _each(work: Callable[[Any], object], items: Sequence[Any], rounds: int) -> float:
    """Microseconds an item."""
    spent = []
    for _ in range(rounds):
        begun = time.perf_counter()
        for item in items:
            work(item)
        spent.append((time.perf_counter() - begun) / len(items) * 1_000_000)
    return middle(spent)


def measure(*, count: int, rounds: int, seed: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Measure and return the report with its rows."""
    found = microseconds(count=count, rounds=rounds, seed=seed)
    rows = [{"step": step, "microseconds": round(spent, 1)} for step, spent in found.items()]
    report = {
        "bench": "per-lead",
        "figures": {f"{step}_us": round(spent, 1) for step, spent in found.items() if step != "decode"},
        "floor": {"decode_us": round(found["decode"], 1)},
        "ratio": round(found["validate_score_and_route"] / found["decode"], 1),
        "leads": count,
        "goal": f"validate, score and route under {GOAL_MICROSECONDS:g} µs a lead",
        "met": found["validate_score_and_route"] < GOAL_MICROSECONDS,
        "machine": machine(),
        "seed": seed,
    }
    return report, rows


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(prog="tend bench per-lead", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--leads", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    report, rows = measure(count=asked.leads, rounds=asked.rounds, seed=asked.seed)
    tell(report, rows, as_json=asked.json)


if __name__ == "__main__":
    main()
