from __future__ import annotations

import itertools

import pytest

from agent.rules.deliveries import FAILED, says_more
from channels.receipts import ReceiptKind


@pytest.mark.parametrize("first, then", list(itertools.permutations(ReceiptKind, 2)))
def test_two_receipts_end_the_same_whichever_comes_first(first: ReceiptKind, then: ReceiptKind) -> None:
    def after(*told: ReceiptKind) -> str:
        known = ""
        for kind in told:
            known = kind if says_more(kind, known) else known
        return known

    ends = {after(first, then), after(then, first)}
    assert len(ends) == 1 or {first, then} == {ReceiptKind.OPENED, ReceiptKind.READ}


def test_nothing_takes_back_a_bounce_but_what_is_worse() -> None:
    assert [kind for kind in ReceiptKind if says_more(kind, ReceiptKind.BOUNCED)] == ["unsubscribed", "complained"]


@pytest.mark.parametrize("seen", [ReceiptKind.OPENED, ReceiptKind.READ, ReceiptKind.CLICKED])
def test_what_a_person_did_with_it_outweighs_a_failure_that_may_pass_but_no_bounce(seen: ReceiptKind) -> None:
    assert says_more(seen, ReceiptKind.UNDELIVERED)
    assert not says_more(ReceiptKind.UNDELIVERED, seen)
    assert says_more(ReceiptKind.BOUNCED, seen)


@pytest.mark.parametrize("kind", sorted(FAILED))
def test_what_failed_outweighs_delivered_and_never_the_other_way_round(kind: ReceiptKind) -> None:
    assert says_more(kind, ReceiptKind.DELIVERED)
    assert not says_more(ReceiptKind.DELIVERED, kind)
