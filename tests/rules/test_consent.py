"""What the ledger allows, and what is evidence of consent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.rules.consent import (
    WRITTEN_BASES,
    Entry,
    Grant,
    MalformedConsentError,
    SourceConsent,
    from_form,
    from_source_rule,
    matching,
    standing,
)

_START = datetime(2026, 11, 17, 16, 0, tzinfo=UTC)
_WORDING = "I agree to texts from Reed Homes about homes for sale. Reply STOP to end."


def _entry(
    action: str,
    *,
    minute: int = 0,
    channel: str = "sms",
    basis: str = "web_form",
    wording: str = _WORDING,
    source: str = "landing-page",
) -> Entry:
    return Entry(channel, action, basis, source, wording, _START + timedelta(minutes=minute))


def test_email_is_allowed_until_it_is_revoked() -> None:
    assert standing([], channel="email").allowed
    revoked = [_entry("revoked", channel="email")]
    assert not standing(revoked, channel="email").allowed
    assert standing([*revoked, _entry("granted", minute=1, channel="email")], channel="email").allowed


def test_texts_need_a_written_grant_with_its_wording() -> None:
    none = standing([], channel="sms")
    assert (none.allowed, none.reason) == (False, "no written consent to texts")
    assert standing([_entry("granted")], channel="sms").allowed
    spoken = standing([_entry("granted", basis="said_on_the_phone")], channel="sms")
    assert (spoken.allowed, spoken.reason) == (False, "the consent to texts is not in writing")
    blank = standing([_entry("granted", wording=" ")], channel="sms")
    assert (blank.allowed, blank.reason) == (False, "the wording shown for texts is not on file")


@pytest.mark.parametrize("basis", sorted(WRITTEN_BASES))
def test_every_written_basis_allows_texts(basis: str) -> None:
    verdict = standing([_entry("granted", basis=basis)], channel="sms")
    assert (verdict.allowed, verdict.basis) == (True, basis)


def test_the_latest_entry_wins_whatever_the_order_of_the_rows() -> None:
    granted, revoked = _entry("granted"), _entry("revoked", minute=1)
    again = _entry("granted", minute=2, basis="consent_page")
    assert not standing([revoked, granted], channel="sms").allowed
    assert standing([again, revoked, granted], channel="sms").basis == "consent_page"


def test_a_revocation_at_the_same_instant_wins() -> None:
    assert not standing([_entry("revoked"), _entry("granted")], channel="sms").allowed


def test_a_later_spoken_grant_does_not_undo_an_earlier_written_one() -> None:
    assert standing([_entry("granted"), _entry("granted", minute=1, basis="spoken")], channel="sms").allowed


def test_one_channel_says_nothing_about_the_other() -> None:
    assert not standing([_entry("granted", channel="email")], channel="sms").allowed
    assert standing([_entry("revoked", channel="sms")], channel="email").allowed


def test_a_channel_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="fax"):
        standing([], channel="fax")


@given(
    st.lists(
        st.builds(
            _entry,
            st.sampled_from(("granted", "revoked")),
            minute=st.integers(0, 5),
            basis=st.sampled_from(("web_form", "spoken")),
            wording=st.sampled_from((_WORDING, "")),
        ),
        max_size=6,
    )
)
def test_no_ledger_allows_a_text_without_a_later_written_grant(entries: list[Entry]) -> None:
    last_no = max((entry.at for entry in entries if entry.action == "revoked"), default=_START - timedelta(days=1))
    proof = [e for e in entries if e.action == "granted" and e.basis == "web_form" and e.wording and e.at > last_no]
    assert standing(entries, channel="sms").allowed is bool(proof)


_EMAIL, _SMS = Grant("email", "web_form", _WORDING), Grant("sms", "web_form", _WORDING)


@pytest.mark.parametrize(
    "given_,campaign,expected",
    [
        (None, _WORDING, ()),
        (False, _WORDING, ()),
        (True, None, (Grant("email", "web_form", ""),)),
        (True, "  ", (Grant("email", "web_form", ""),)),
        (True, _WORDING, (_EMAIL, _SMS)),
        ({"email": True, "sms": True, "wording": _WORDING}, None, (_EMAIL, _SMS)),
        ({"sms": True, "wording": _WORDING}, "the campaign's", (_SMS,)),
        ({"sms": True}, _WORDING, (_SMS,)),
        ({"sms": True}, None, (Grant("sms", "web_form", ""),)),
        ({"email": True, "sms": False, "wording": _WORDING}, None, (_EMAIL,)),
        ({"email": False, "sms": False}, _WORDING, ()),
    ],
)
def test_a_form_grants_the_channels_it_names_and_a_bare_yes_no_texts_without_wording(
    given_: bool | Mapping[str, object] | None,  # noqa: FBT001 - the capture API says bool or object
    campaign: str | None,
    expected: tuple[Grant, ...],
) -> None:
    assert from_form(given_, campaign_wording=campaign) == expected


def test_a_text_grant_without_wording_is_kept_but_allows_no_text() -> None:
    (grant,) = from_form({"sms": True}, campaign_wording=None)
    assert not standing(
        [Entry(grant.channel, "granted", grant.basis, "modal", grant.wording, _START)], channel="sms"
    ).allowed


@pytest.mark.parametrize(
    "given_,field",
    [
        ({}, "form_metadata.consent_given"),
        ({"fax": True}, "form_metadata.consent_given"),
        ({"sms": "yes"}, "form_metadata.consent_given.sms"),
        ({"email": 1}, "form_metadata.consent_given.email"),
        ({"sms": None}, "form_metadata.consent_given.sms"),
        ({"sms": True, "wording": 7}, "form_metadata.consent_given.wording"),
        ("true", "form_metadata.consent_given"),
        (1, "form_metadata.consent_given"),
        (["sms"], "form_metadata.consent_given"),
    ],
)
def test_consent_that_cannot_be_read_names_its_field(given_: Mapping[str, object], field: str) -> None:
    with pytest.raises(MalformedConsentError) as refused:
        from_form(given_, campaign_wording=_WORDING)
    assert refused.value.field == field
    assert refused.value.reason


_SINCE = date(2026, 1, 1)
_BY_SOURCE = SourceConsent("source", "Website form", "", ("email", "sms"), _WORDING, "forms archive", _SINCE)
_BY_TAG = SourceConsent("tag", "Text OK", "", ("sms",), "paper", "binder 3", _SINCE)
_BY_FIELD = SourceConsent("custom", "Yes", "customTextConsent", ("sms",), "page", "CRM", _SINCE)
_RULES = (_BY_SOURCE, _BY_TAG, _BY_FIELD)


def test_a_team_rule_grants_by_source_tag_or_custom_field() -> None:
    nothing: dict[str, str] = {}
    assert matching(_RULES, source="Zillow", tags=("Buyer",), custom=nothing, created_on=_SINCE) == ()
    assert matching(_RULES, source=" website FORM", tags=(), custom=nothing, created_on=_SINCE) == from_source_rule(
        _BY_SOURCE
    )
    assert matching(_RULES, source="", tags=("buyer", "text ok"), custom=nothing, created_on=_SINCE) == (
        Grant("sms", "source_rule", "paper"),
    )
    asked = {"customTextConsent": "yes"}
    assert matching(_RULES, source="", tags=(), custom=asked, created_on=_SINCE) == (
        Grant("sms", "source_rule", "page"),
    )
    assert matching((), source="Website form", tags=("Text OK",), custom=asked, created_on=_SINCE) == ()


def test_of_two_rules_for_one_channel_the_first_is_kept() -> None:
    granted = matching(_RULES, source="Website form", tags=("Text OK",), custom={}, created_on=_SINCE)
    assert [grant.channel for grant in granted] == ["email", "sms"]
    assert {grant.wording for grant in granted} == {_WORDING}


def test_a_rule_is_no_evidence_for_a_lead_from_before_its_wording() -> None:
    before, on = date(2025, 12, 31), _SINCE
    assert matching(_RULES, source="Website form", tags=(), custom={}, created_on=before) == ()
    assert len(matching(_RULES, source="Website form", tags=(), custom={}, created_on=on)) == 2


@pytest.mark.parametrize(
    "match,value,field,channels,wording,kept_at,said",
    [
        ("stage", "x", "", ("sms",), "w", "k", "match"),
        ("source", " ", "", ("sms",), "w", "k", "value"),
        ("custom", "x", "", ("sms",), "w", "k", "field"),
        ("tag", "x", "customX", ("sms",), "w", "k", "field"),
        ("tag", "x", "", (), "w", "k", "channels"),
        ("tag", "x", "", ("fax",), "w", "k", "channels"),
        ("tag", "x", "", ("sms",), "", "k", "wording"),
        ("tag", "x", "", ("email", "sms"), "w", " ", "wording"),
    ],
)
def test_a_rule_that_cannot_be_evidence_is_refused(
    match: str,
    value: str,
    field: str,
    channels: tuple[str, ...],
    wording: str,
    kept_at: str,
    said: str,
) -> None:
    with pytest.raises(ValueError, match=f"^{said}: "):
        SourceConsent(match, value, field, channels, wording, kept_at, _SINCE)


def test_start_takes_back_the_leads_own_stop_and_what_was_granted_before_counts_again() -> None:
    ledger = [_entry("granted"), _entry("revoked", minute=1, source="sms"), _entry("reopened", minute=2, source="sms")]
    assert standing(ledger, channel="sms").allowed
    assert not standing([*ledger, _entry("revoked", minute=3, source="sms")], channel="sms").allowed


@pytest.mark.parametrize("closed_by", ["told a person", "complaint"])
def test_start_takes_back_nothing_that_a_person_was_told_or_a_complaint_closed(closed_by: str) -> None:
    ledger = [
        _entry("granted"),
        _entry("revoked", minute=1, source=closed_by),
        _entry("revoked", minute=1, source="sms"),
        _entry("reopened", minute=2, source="sms"),
    ]
    assert not standing(ledger, channel="sms").allowed


def test_start_grants_nothing_that_was_not_granted_before() -> None:
    assert not standing([_entry("revoked", source="sms"), _entry("reopened", minute=1)], channel="sms").allowed
