"""The pages over HTTP: what stands on them, and that every button works as a plain form."""

from __future__ import annotations

import html
import re

import pytest

from agent.flows.composing import unsubscribe_link
from tests.web.stage import MARIA, MARIAS_PHONE, SAM, THEO, Stage

PAGES = ("/", "/leads", "/did", "/aged", "/campaigns")


def shown(text: str) -> str:
    """What a reader sees of a page: its text without tags, on one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", text)).split())


def acts(page: str, lead: str) -> set[str]:
    """What the buttons on a page do with this lead."""
    return set(re.findall(rf'action="{lead}/([a-z-]+)"', page))


def test_the_queue_names_who_waits_with_words_reasons_and_one_next_action(stage: Stage) -> None:
    with stage.client() as browser:
        page = shown(browser.get("/").text)

    assert "1 person wants to hear from you" in page
    assert "Maria Alvarez" in page
    assert "Saturday morning" in page
    assert "Call Maria now: asked to see" in page
    assert "Sam Ortiz" not in page


def test_a_lead_page_says_why_each_message_went_and_why_one_did_not(stage: Stage) -> None:
    with stage.client() as browser:
        maria, theo = (shown(browser.get(stage.page(email)).text) for email in (MARIA, THEO))

    assert "agreed to texts in writing" in maria
    assert re.search(r"Read as: asks to see a home, \d+% sure", maria)
    assert "Texts: no no written consent to texts" in theo
    assert "Not sent: text" in theo
    assert "No consent for this channel" in theo


def test_a_lead_without_consent_to_texts_has_the_page_to_ask_for_it(stage: Stage) -> None:
    with stage.client() as browser:
        link = re.search(r'href="[^"]*(/u/[a-z2-7]+/texts)"', browser.get(stage.page(THEO)).text)
        assert link is not None
        assert "May we text you?" in browser.get(link[1]).text


def test_what_is_next_shows_the_planned_touch_and_the_steps_after_it(stage: Stage) -> None:
    with stage.client() as browser:
        page = shown(browser.get(stage.page(THEO)).text)

    assert re.search(r"What is next (today|tomorrow) \d+:\d\d · ", page)
    assert re.search(r"and \d+ more steps until", page)


def test_an_opted_out_lead_has_no_button_that_writes(stage: Stage) -> None:
    with stage.client() as browser:
        page = browser.get(stage.page(SAM)).text

    assert "Tend has stopped" in page
    assert "You cannot write here from Tend." in page
    assert "/opt-out" not in page
    assert f"{stage.page(SAM)}/text" not in page


def test_words_that_may_mean_stop_are_decided_before_anybody_writes(own_stage: Stage) -> None:
    own_stage.text(MARIAS_PHONE, "maybe stop the texts for now, email is fine")
    with own_stage.client() as browser:
        lead, queue = browser.get(own_stage.page(MARIA)).text, browser.get("/").text

    for page in (lead, queue):
        assert {"opt-out", "resume"} <= acts(page, own_stage.page(MARIA))
        assert not {"text", "done", "pause"} & acts(page, own_stage.page(MARIA))
    assert "<textarea" not in lead
    assert "First say whether they asked us to stop." in lead


@pytest.mark.parametrize("path", PAGES)
def test_every_page_explains_itself_when_there_is_nothing_yet(empty_stage: Stage, path: str) -> None:
    with empty_stage.client() as browser:
        answer = browser.get(path)

    assert answer.status_code == 200
    assert "Sandbox: nothing leaves this machine" in answer.text
    assert re.search(r"All quiet|No leads yet|Nothing to tell|There are no leads yet|No campaigns yet", answer.text)


@pytest.mark.parametrize("path", PAGES)
def test_every_entry_of_the_menu_leads_somewhere(stage: Stage, path: str) -> None:
    with stage.client() as browser:
        for href in re.findall(r'<li><a href="(/[^"]*)"', browser.get(path).text):
            assert browser.get(href).status_code == 200


@pytest.mark.parametrize("htmx", [False, True], ids=["form", "htmx"])
@pytest.mark.parametrize("button", ["call", "text", "pause", "done"])
def test_a_button_of_the_queue_works_with_and_without_javascript(own_stage: Stage, button: str, *, htmx: bool) -> None:
    headers = {"hx-request": "true"} if htmx else {}
    with own_stage.client(headers=headers) as browser:
        answer = browser.post(f"{own_stage.page(MARIA)}/{button}", data={"back": "today"})

        if htmx:
            assert answer.status_code == 200
            assert answer.text.lstrip().startswith('<div id="today"')
        else:
            assert answer.status_code == 303
            assert answer.headers["location"] in {"/", f"{own_stage.page(MARIA)}?dial={button}"}
        assert "0 people" not in shown(browser.get("/").text)
        assert "want to hear from you" not in shown(browser.get("/").text).replace("person wants to", "")


def test_calling_takes_the_conversation_and_shows_the_number_as_a_link(own_stage: Stage) -> None:
    with own_stage.client(follow_redirects=True) as browser:
        page = browser.post(f"{own_stage.page(MARIA)}/call", data={"back": "today"}).text

    assert 'href="tel:+15125550142"' in page
    assert "You have it" in page


def test_snoozing_puts_a_lead_aside_until_morning_on_their_own_clock(own_stage: Stage) -> None:
    with own_stage.client(follow_redirects=True) as browser:
        page = shown(browser.post(f"{own_stage.page(MARIA)}/snooze", data={"back": "today", "until": "tomorrow"}).text)
        lead = shown(browser.get(own_stage.page(MARIA)).text)

        assert "Nobody is waiting for you" in page
        assert "1 lead is put aside" in page
        assert "Put aside until tomorrow 9:00" in lead
        own_stage.wait(hours=24)
        assert "Maria Alvarez" in shown(browser.get("/").text)


def test_a_reply_goes_through_the_gate_and_stands_in_the_thread_with_its_author(own_stage: Stage) -> None:
    with own_stage.client(follow_redirects=True) as browser:
        given = reply_form(browser.get(own_stage.page(MARIA)).text)
        browser.post(f"{own_stage.page(MARIA)}/reply", data=given | {"channel": "sms", "body": "10:30 on Saturday?"})
        own_stage.tick()
        page = shown(browser.get(own_stage.page(MARIA)).text)

    assert re.search(r"Dana Reyes text today \d+:\d\d sent 10:30 on Saturday\?", page)


def test_a_reply_written_before_they_wrote_again_is_refused_and_kept_in_the_box(own_stage: Stage) -> None:
    with own_stage.client() as browser:
        given = reply_form(browser.get(own_stage.page(MARIA)).text)
        own_stage.text("+15125550142", "actually Sunday is better")
        page = browser.post(
            f"{own_stage.page(MARIA)}/reply", data=given | {"channel": "sms", "body": "Saturday it is"}
        ).text

    assert "They wrote again while you were typing" in page
    assert ">Saturday it is</textarea>" in page


def test_opting_a_lead_out_closes_every_channel(own_stage: Stage) -> None:
    with own_stage.client(follow_redirects=True) as browser:
        page = shown(browser.post(f"{own_stage.page(THEO)}/opt-out", data={"back": "lead"}).text)

    assert "Email: no they opted out" in page
    assert "Tend has stopped" in page


def test_pausing_everything_says_so_on_every_page_until_it_is_resumed(own_stage: Stage) -> None:
    with own_stage.client(follow_redirects=True) as browser:
        assert browser.post("/pause-everything", data={"back": "/leads"}).url.path == "/leads"
        for path in PAGES:
            assert "All sending is paused" in browser.get(path).text
        browser.post("/resume-everything", data={"back": "/"})
        assert "All sending is paused" not in browser.get("/").text


def test_aged_leads_start_only_by_the_button_and_stop_by_the_other(own_stage: Stage) -> None:
    with own_stage.client(follow_redirects=True) as browser:
        assert "Start waking leads" in browser.get("/aged").text
        assert "at most 7 a day" in browser.post("/aged/start", data={"daily_limit": "7"}).text
        assert "Start waking leads" in browser.post("/aged/stop").text


@pytest.mark.parametrize("limit", ["0", "201", "-3", "ten", ""])
def test_a_daily_limit_out_of_bounds_starts_nothing(own_stage: Stage, limit: str) -> None:
    with own_stage.client(follow_redirects=True) as browser:
        page = browser.post("/aged/start", data={"daily_limit": limit}).text

    assert "Choose a number from 1 to 200." in page
    assert "Start waking leads" in page


def test_a_draft_campaign_is_confirmed_by_a_person(own_stage: Stage) -> None:
    with own_stage.client(follow_redirects=True) as browser:
        assert ">draft<" in browser.get("/campaigns").text
        page = browser.post("/campaigns/confirm", data={"key": "spring-guide", "status": "active"}).text

    assert ">active<" in page
    assert ">draft<" not in page


@pytest.mark.parametrize("query", ["mar", "ALVAREZ", "maria alv", MARIA, "(512) 555-0142"])
def test_a_lead_is_found_by_the_beginning_of_a_name_an_email_or_a_phone(stage: Stage, query: str) -> None:
    with stage.client() as browser:
        page = shown(browser.get("/leads", params={"q": query}).text)

    assert "1 lead for" in page
    assert "Maria Alvarez" in page


def test_what_tend_did_counts_and_explains_the_last_day(stage: Stage) -> None:
    with stage.client() as browser:
        page = shown(browser.get("/did").text)

    assert re.search(r"Sent \d+", page)
    assert "no consent" in page
    assert "Theo Brandt" in page


@pytest.mark.parametrize("path", ["/leads/lead_nothing", f"/leads/lead_{'0' * 32}", "/u/short", "/login/never"])
def test_a_page_that_is_not_there_says_so_in_words(stage: Stage, path: str) -> None:
    with stage.client() as browser:
        answer = browser.get(path)

    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")


def test_an_address_that_leads_nowhere_is_told_in_a_sentence(stage: Stage) -> None:
    with stage.client() as browser:
        page = shown(browser.get("/nothing-here").text)

    assert "There is no such page." in page
    assert "Not Found" not in page


def test_nobody_is_offered_to_sign_out_who_never_signed_in(stage: Stage) -> None:
    with stage.client() as browser:
        assert "/logout" not in browser.get("/").text


def test_a_leads_own_words_are_text_and_never_markup(own_stage: Stage) -> None:
    own_stage.text("+15125550142", "<script>alert(1)</script> <b>call me</b>")
    with own_stage.client() as browser:
        page = browser.get(own_stage.page(MARIA)).text

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


@pytest.mark.parametrize("path", PAGES)
def test_no_page_holds_inline_code_or_style(stage: Stage, path: str) -> None:
    with stage.client() as browser:
        page = browser.get(path)

    assert not re.search(r"\sstyle=|\son\w+=|<style|<script(?![^>]*\ssrc=)", page.text)
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-store"


def test_the_unsubscribe_link_acts_only_when_the_button_is_pressed(own_stage: Stage) -> None:
    link = unsubscribe_path(own_stage, THEO)
    with own_stage.client() as browser:
        assert "Stop all messages?" in browser.get(link).text
        assert "Tend has stopped" not in browser.get(own_stage.page(THEO)).text
        assert "no more messages" in browser.post(link).text
        assert "Tend has stopped" in browser.get(own_stage.page(THEO)).text


def test_a_mail_programs_one_click_is_answered_200_without_a_redirect(own_stage: Stage) -> None:
    link = unsubscribe_path(own_stage, THEO)
    with own_stage.client(headers={"sec-fetch-site": "cross-site"}) as provider:
        answer = provider.post(link, data={"List-Unsubscribe": "One-Click"})

    assert answer.status_code == 200
    with own_stage.client() as browser:
        assert "Tend has stopped" in browser.get(own_stage.page(THEO)).text


def test_texts_are_allowed_by_a_ticked_box_with_the_words_that_were_shown(own_stage: Stage) -> None:
    with own_stage.client() as browser:
        page = browser.get(own_stage.page(THEO)).text
        link = re.search(r'href="[^"]*(/u/[a-z2-7]+/texts)"', page)
        assert link is not None
        assert "checked" not in browser.get(link[1]).text
        assert browser.post(link[1], data={}).status_code == 400
        assert "Texts: no" in shown(browser.get(own_stage.page(THEO)).text)
        assert "may now text you" in browser.post(link[1], data={"agree": "yes"}).text
        after = shown(browser.get(own_stage.page(THEO)).text)

    assert "Texts: yes agreed to texts in writing (consent page)" in after
    assert "the number ending in 0143" in after


def unsubscribe_path(stage: Stage, email: str) -> str:
    """The path of a lead's unsubscribe link."""
    return unsubscribe_link(stage.tend, stage.leads[email]).removeprefix(stage.tend.settings.public_url)


def reply_form(page: str) -> dict[str, str]:
    """The hidden fields of the reply form."""
    form = page[page.index('id="reply"') :]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
