"""What `tend doctor` says of routing: rules that can never match, and campaigns nobody set up."""

from __future__ import annotations

from collections.abc import Iterator

from agent.commands.finding import Finding
from agent.rules.routing_checks import never_reached, out_of_reach
from agent.rules.routing_rules import Rule
from agent.rules.team import Team


def findings(team: Team) -> list[Finding]:
    """One line for each trouble; one line in all where there is none."""
    found = list(_troubles(team))
    if found:
        return found
    rules = len(team.routing.rules)
    if not rules:
        return [Finding("routing", "ok", "no rules: everybody takes turns")]
    return [Finding("routing", "ok", f"{rules} {'rule' if rules == 1 else 'rules'}, each can match somebody")]


def _troubles(team: Team) -> Iterator[Finding]:
    unreachable = [rule for rule in team.routing.rules if out_of_reach(rule)]
    for rule in unreachable:
        yield _never(rule, "no score has score_from and one of its grades", "mend score_from or grades")
    for rule, before in never_reached(team.routing):
        if rule not in unreachable:
            yield _never(
                rule, f"“{before.name}” stands before it and takes all its leads", "put the narrower rule first"
            )
    known = {campaign.key for campaign in team.campaigns}
    for rule in team.routing.rules:
        for key in sorted(rule.campaigns - known):
            found = f"the rule “{rule.name}” names the campaign {key}, which no [[campaigns]] block sets up"
            yield Finding("routing", "off", found, "add the block, or mend the id; a form that sends it is enough, too")


def _never(rule: Rule, why: str, mend: str) -> Finding:
    return Finding("routing", "broken", f"the rule “{rule.name}” can never match: {why}", f"{mend} in the team file")
