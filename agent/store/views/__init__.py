"""Named questions of the pages: each answers with frozen rows, opened and ordered, so that a template only draws them.

They read and never write, decide nothing that a flow will act on, and take the present instant as an argument.
"""

from __future__ import annotations

from agent.store.views.campaigns import CampaignRow, campaigns_list
from agent.store.views.did import Did, DidLine, what_tend_did
from agent.store.views.faces import best_addresses, face
from agent.store.views.lead import LeadPage, lead_page
from agent.store.views.leads import LeadRow, LeadsList, leads_list
from agent.store.views.owed import Owed, owed_to_crm
from agent.store.views.queue import QueueCard, QueuePage, queue_page
from agent.store.views.team import TeamState, team_state

__all__ = [
    "CampaignRow",
    "Did",
    "DidLine",
    "LeadPage",
    "LeadRow",
    "LeadsList",
    "Owed",
    "QueueCard",
    "QueuePage",
    "TeamState",
    "best_addresses",
    "campaigns_list",
    "face",
    "lead_page",
    "leads_list",
    "owed_to_crm",
    "queue_page",
    "team_state",
    "what_tend_did",
]
