"""The meanings a person may choose where a message was read wrongly, in words short enough for a small button."""

from __future__ import annotations

from collections.abc import Mapping

from integrations.language_model import Intent

MEANINGS: Mapping[Intent, str] = {
    Intent.BUY: "Buy",
    Intent.SELL: "Sell",
    Intent.BUY_AND_SELL: "Buy and sell",
    Intent.RENT: "Rent",
    Intent.INVEST: "Invest",
    Intent.SCHEDULE_SHOWING: "See a home",
    Intent.WANTS_CALL: "A call",
    Intent.VALUATION: "Home’s worth",
    Intent.QUESTION: "Question",
    Intent.PROVIDE_INFO: "Tells facts",
    Intent.AFFIRM: "Yes",
    Intent.DENY: "No",
    Intent.THANKS: "Thanks",
    Intent.GREET: "Hello",
    Intent.NOT_NOW: "Not now",
    Intent.NOT_INTERESTED: "Not interested",
    Intent.HAS_AGENT: "Has an agent",
    Intent.WRONG_PERSON: "Wrong person",
    Intent.OPT_OUT: "Stop",
    Intent.ARE_YOU_A_BOT: "Are you a bot?",
    Intent.COMPLAINT: "Complaint",
    Intent.OUT_OF_SCOPE: "Something else",
    Intent.UNCLEAR: "Nobody can tell",
}
