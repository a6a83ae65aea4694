"""The pages in a real browser, on a desk in light and on a phone in dark: readable, alive, and without an error.

Any message on the browser's console, a refused inline script or style among them, fails the test that caused it.
"""

from __future__ import annotations

import os
import re
import zlib
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from agent.flows import inbound_mail
from agent.flows.composing import consent_link, unsubscribe_link
from agent.web import sessions
from channels.arrived_mail import Envelope
from tests.web.stage import MARIA, MARIAS_PHONE, SAM, THEO, Stage

pytestmark = pytest.mark.browser

SHAPES = {
    "desk-light": {"viewport": {"width": 1280, "height": 860}, "color_scheme": "light"},
    "phone-dark": {
        "viewport": {"width": 390, "height": 844},
        "color_scheme": "dark",
        "is_mobile": True,
        "has_touch": True,
    },
}
_QUIET = (
    "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-default-apps",
)  # fmt: skip


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=chromium, args=[*_QUIET, *(["--no-sandbox"] if root else [])]
        )
        yield launched
        launched.close()


@pytest.fixture(params=SHAPES)
def context(browser: Browser, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    made = browser.new_context(reduced_motion="reduce", **SHAPES[request.param])  # type: ignore[arg-type]
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page that fails its test for any error on the console."""
    opened = context.new_page()
    said: list[str] = []
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    yield opened
    assert said == []


def check(page: Page) -> None:
    """Nothing a screen reader stumbles over, and nothing wider than the screen."""
    found = Axe().run(page).response["violations"]
    assert not found, [(one["id"], one["nodes"][0]["html"][:120]) for one in found]
    assert not page.evaluate("() => document.documentElement.scrollWidth > innerWidth"), "scrolls sideways"


def test_every_page_is_accessible_and_fits_the_screen(page: Page, stage: Stage, empty_stage: Stage) -> None:
    paths = [
        "/",
        stage.page(MARIA),
        stage.page(THEO),
        "/leads",
        "/leads?q=nobody",
        "/did",
        "/aged",
        "/campaigns",
        "/login",
    ]
    for path in paths:
        page.goto(stage.address + path)
        check(page)
    for path in ("/", "/leads", "/did", "/aged", "/campaigns"):
        page.goto(empty_stage.address + path)
        check(page)


def test_a_picture_that_came_with_a_mail_is_drawn_small_and_saved_under_its_name(page: Page, own_stage: Stage) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Message-ID"] = MARIA, "hello@tend.example", "<p@x.test>"
    mail.set_content("This is the kitchen.")
    mail.add_attachment(_picture(1200, 1600), maintype="image", subtype="png", filename="kitchen.png")
    mail.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename=f"{'long-' * 20}letter.pdf")
    mail.add_attachment(b"MZ", maintype="application", subtype="x-msdownload", filename="setup.exe")
    own_stage.do(lambda tend: inbound_mail.receive(tend, mail.as_bytes(), Envelope()))

    page.goto(own_stage.address + own_stage.page(MARIA))
    check(page)
    picture = page.locator(".attached img")
    picture.scroll_into_view_if_needed()
    page.wait_for_function("() => document.querySelector('.attached img').naturalWidth === 1200")
    drawn = picture.bounding_box()
    assert drawn is not None
    assert drawn["height"] <= 120
    with page.expect_download() as saved:
        page.get_by_role("link", name="kitchen.png").click()
    assert saved.value.suggested_filename == "kitchen.png"
    expect(
        page.get_by_text("setup.exe (1 KB), application/x-msdownload: files of this type are not kept")
    ).to_be_visible()


def _picture(width: int, height: int) -> bytes:
    """A real PNG, all of one grey."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4) + name + data + zlib.crc32(name + data).to_bytes(4)

    size = width.to_bytes(4) + height.to_bytes(4)
    rows = zlib.compress((b"\0" + b"\x90" * width) * height)
    head = chunk(b"IHDR", size + bytes((8, 0, 0, 0, 0)))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_the_pages_a_lead_sees_are_accessible_and_fit_the_screen(page: Page, stage: Stage) -> None:
    for link in (unsubscribe_link(stage.tend, stage.leads[THEO]), consent_link(stage.tend, stage.leads[THEO])):
        page.goto(link)
        check(page)


def test_every_open_menu_and_the_reply_in_hand_are_accessible(page: Page, stage: Stage) -> None:
    page.goto(stage.address + stage.page(MARIA))
    for summary in page.locator("summary").all():
        summary.click()
    page.get_by_label("Your reply").focus()
    check(page)


def test_a_lead_who_asks_for_a_showing_appears_without_a_reload(page: Page, own_stage: Stage) -> None:
    page.goto(own_stage.address)
    expect(page.locator(".live")).to_have_text("Live")
    expect(page.locator(".lead")).to_have_count(1)

    own_stage.form("Nora", "Lindqvist", "nora@example.com", phone="+15125550155", texts=True)
    own_stage.tick()
    own_stage.text("+15125550155", "can I see 9 Cedar Lane today?")

    expect(page.locator(".queue .lead")).to_have_count(2)
    expect(page.locator(".lead", has_text="Nora Lindqvist")).to_contain_text("9 Cedar Lane")
    expect(page.locator(".live")).to_have_text("Live")


def test_a_cards_lesser_buttons_stand_on_one_line_even_on_a_small_phone(page: Page, own_stage: Stage) -> None:
    if page.evaluate("() => innerWidth < 400"):
        page.set_viewport_size({"width": 360, "height": 740})
    own_stage.form("Nora", "Lindqvist", "nora@example.com", phone="+15125550155", texts=True)
    own_stage.tick()
    own_stage.text("+15125550155", "are you a bot?")
    page.goto(own_stage.address)
    card = page.locator(".lead", has=page.get_by_role("link", name="Open"))
    expect(card.locator(".buttons .btn").filter(visible=True)).to_have_text(["Call", "Text", "Snooze S", "Done E"])
    middles = card.locator(".buttons > *").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect()).map(box => Math.round(box.top + box.height / 2))"
    )
    assert len(set(middles)) == 1


def test_the_two_answers_to_a_doubt_stand_on_one_line(page: Page, own_stage: Stage) -> None:
    own_stage.text(MARIAS_PHONE, "maybe stop the texts for now, email is fine")
    for path in (own_stage.address, own_stage.address + own_stage.page(MARIA)):
        page.goto(path)
        check(page)
        tops = [
            page.get_by_role("button", name=name).bounding_box() for name in (re.compile("^Opt out"), "Resume Tend")
        ]
        assert len({round(box["y"]) for box in tops if box is not None}) == 1


def test_the_button_that_resumes_everything_fits_where_it_stands(page: Page, own_stage: Stage) -> None:
    page.goto(own_stage.address)
    page.get_by_role("button", name="Pause everything").click()
    button, bar = page.get_by_role("button", name="Resume everything"), page.get_by_role("region", name="Sending")
    inner, outer = button.bounding_box(), bar.bounding_box()
    assert inner is not None
    assert outer is not None
    assert inner["x"] + inner["width"] <= outer["x"] + outer["width"]


def test_what_a_finger_must_hit_is_44_pixels_high(page: Page, stage: Stage) -> None:
    for path in ("/", "/campaigns", stage.page(SAM), stage.page(MARIA)):
        page.goto(stage.address + path)
        low = (
            page.locator("button, summary, nav li a, a.btn, label.pick")
            .filter(visible=True)
            .evaluate_all(
                "all => all.filter(one => one.getBoundingClientRect().height < 44).map(one => one.textContent)"
            )
        )
        assert low == []


def test_the_reason_of_a_score_is_beside_the_queue_only_where_there_is_room(page: Page, stage: Stage) -> None:
    page.goto(stage.address)
    wide = page.evaluate("() => innerWidth > 1000")
    expect(page.locator("#why")).to_be_visible(visible=wide)
    expect(page.locator("kbd").first).to_be_visible(visible=wide)


def test_nothing_moves_while_somebody_is_at_a_card(page: Page, own_stage: Stage) -> None:
    page.goto(own_stage.address)
    expect(page.locator(".live")).to_have_text("Live")
    page.locator(".lead summary").first.click()

    own_stage.form("Nora", "Lindqvist", "nora@example.com", phone="+15125550155", texts=True)
    own_stage.tick()
    own_stage.text("+15125550155", "can I see 9 Cedar Lane today?")

    news = page.get_by_role("button", name="Something new: show")
    expect(news).to_be_visible()
    expect(page.locator(".queue .lead")).to_have_count(1)
    news.click()
    expect(page.locator(".queue .lead")).to_have_count(2)
    expect(news).to_have_count(0)


def test_the_echo_of_ones_own_press_is_no_news(page: Page, own_stage: Stage) -> None:
    page.goto(own_stage.address + own_stage.page(THEO))
    expect(page.locator(".live")).to_have_text("Live")
    page.get_by_role("button", name="Pause Tend").click()
    expect(page.locator(".owner")).to_contain_text("You have it")
    page.wait_for_timeout(1500)

    expect(page.get_by_role("button", name="Something new: show")).to_have_count(0)


def test_an_answer_appears_in_the_conversation_and_leaves_the_reply_alone(page: Page, own_stage: Stage) -> None:
    page.goto(own_stage.address + own_stage.page(MARIA))
    expect(page.locator(".live")).to_have_text("Live")
    page.get_by_label("Your reply").fill("I was just about to write")

    own_stage.text("+15125550142", "Sunday would be better after all")

    expect(page.locator(".thread")).to_contain_text("Sunday would be better after all")
    expect(page.get_by_label("Your reply")).to_have_value("I was just about to write")


def test_a_reply_is_sent_by_the_button_and_read_back_with_its_author(page: Page, own_stage: Stage) -> None:
    page.goto(own_stage.address + own_stage.page(MARIA))
    page.get_by_label("Your reply").fill("10:30 on Saturday works for me")
    page.get_by_label("Text", exact=True).check()
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".reply")).to_contain_text("Planned")

    own_stage.tick()

    expect(page.locator(".msg.out").last).to_contain_text("10:30 on Saturday works for me")
    expect(page.locator(".msg.out").last).to_contain_text("Dana Reyes")
    expect(page.locator(".owner")).to_contain_text("You have it")


def test_the_keys_move_through_the_queue_and_finish_a_card(
    context: BrowserContext, page: Page, own_stage: Stage
) -> None:
    del context
    own_stage.form("Nora", "Lindqvist", "nora@example.com", phone="+15125550155", texts=True)
    own_stage.tick()
    own_stage.text("+15125550155", "can I see 9 Cedar Lane today?")
    page.goto(own_stage.address)
    cards = page.locator(".queue .lead")
    expect(cards).to_have_count(2)

    page.keyboard.press("j")
    expect(cards.nth(0)).to_have_attribute("aria-current", "true")
    page.keyboard.press("j")
    expect(cards.nth(1)).to_have_attribute("aria-current", "true")
    page.keyboard.press("k")
    expect(cards.nth(0)).to_have_attribute("aria-current", "true")
    page.keyboard.press("s")
    expect(cards.nth(0).get_by_role("button", name="Tomorrow 9:00")).to_be_visible()
    first = cards.nth(0).locator("h2").inner_text()
    page.keyboard.press("e")
    expect(cards).to_have_count(1)
    expect(page.locator(".queue .lead", has_text=first)).to_have_count(0)
    expect(cards.nth(0)).to_have_attribute("aria-current", "true")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).not_to_contain_text("want")
    expect(page.get_by_label("Your reply")).to_be_visible()


def test_a_wrong_reading_is_put_right_by_one_press_and_a_choice(page: Page, own_stage: Stage) -> None:
    page.goto(own_stage.address + own_stage.page(MARIA))
    page.get_by_text("This was wrong").last.click()
    check(page)
    page.get_by_role("button", name="A call", exact=True).last.click()

    expect(page.locator(".because", has_text="A person said: asks for a call")).to_be_visible()
    page.get_by_text("Say it again").last.click()
    page.get_by_role("button", name="See a home", exact=True).last.click()
    expect(page.locator(".because", has_text="A person said: asks to see a home")).to_be_visible()


def test_pausing_a_lead_and_resuming_it_changes_who_is_talking(page: Page, own_stage: Stage) -> None:
    page.goto(own_stage.address + own_stage.page(THEO))
    expect(page.locator(".owner")).to_contain_text("Tend is replying")
    page.get_by_role("button", name="Pause Tend").click()
    expect(page.locator(".owner")).to_contain_text("You have it")
    page.get_by_role("button", name="Resume Tend").click()
    expect(page.locator(".owner")).to_contain_text("Tend is replying")


def test_pausing_everything_is_one_press_and_so_is_resuming(page: Page, own_stage: Stage) -> None:
    page.goto(own_stage.address)
    page.get_by_role("button", name="Pause everything").click()
    expect(page.get_by_text("All sending is paused")).to_be_visible()
    check(page)
    page.get_by_role("button", name="Resume everything").click()
    expect(page.get_by_text("Sending is on")).to_be_visible()


def test_the_chosen_colours_are_kept(page: Page, own_stage: Stage) -> None:
    page.goto(own_stage.address)
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.goto(f"{own_stage.address}/leads")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate("() => getComputedStyle(document.documentElement).backgroundColor") == "rgb(18, 21, 26)"
    check(page)


def test_the_dot_says_when_the_stream_is_lost(page: Page, context: BrowserContext, own_stage: Stage) -> None:
    page.goto(own_stage.address)
    expect(page.locator(".live")).to_have_text("Live")
    context.route("**/events", lambda route: route.fulfill(status=503))
    page.evaluate("() => htmx.trigger(document.body, 'htmx:sseError')")
    expect(page.locator(".live")).to_have_text("Reconnecting…")


def test_a_signed_in_browser_stays_signed_in_from_page_to_page(page: Page, locked_stage: Stage) -> None:
    page.goto(locked_stage.do(sessions.make_sign_in_link))
    check(page)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("to hear from you")
    page.get_by_role("link", name="Leads", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Leads")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in to Tend")


@pytest.mark.parametrize("shape", SHAPES)
def test_without_javascript_every_button_still_works(browser: Browser, own_stage: Stage, shape: str) -> None:
    plain = browser.new_context(java_script_enabled=False, **SHAPES[shape])  # type: ignore[arg-type]
    page = plain.new_page()
    page.goto(own_stage.address)
    page.get_by_role("button", name="Call Maria Alvarez").click()
    expect(page.locator(".dial a")).to_have_attribute("href", "tel:+15125550142")
    page.get_by_label("Your reply").fill("It was good to talk. Saturday 10:30.")
    page.get_by_role("button", name="Send").click()
    own_stage.tick()
    page.reload()
    expect(page.locator(".msg.out").last).to_contain_text("It was good to talk")
    page.get_by_role("button", name="Done").click()
    expect(page.locator(".todo")).to_have_count(0)
    page.get_by_role("link", name="Aged").click()
    page.get_by_role("button", name="Start waking leads").click()
    expect(page.get_by_role("heading", name="It is running")).to_be_visible()
    plain.close()


def test_a_time_that_was_agreed_on_is_entered_on_the_leads_page(page: Page, own_stage: Stage) -> None:
    page.goto(own_stage.address + own_stage.page(MARIA))
    page.get_by_text("We agreed on a time…").click()
    check(page)
    tomorrow = (own_stage.clock.now() + timedelta(days=1)).strftime("%Y-%m-%dT14:00")
    page.get_by_label("When, in").fill(tomorrow)
    page.get_by_role("button", name="Keep the appointment").click()
    expect(page.get_by_text("How did it go? Showing,").first).to_be_visible()
