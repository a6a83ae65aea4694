"""Everything Tend says, as people will see it: pictures of every email and text, light and dark, phone and desk.

`python bench/letters.py FOLDER` writes one HTML file per email, one page with all texts, and, where Chromium is, a
picture of each. Nothing is measured; somebody looks.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import Iterator
from html import escape
from pathlib import Path

from agent import words
from channels import letter
from channels.sms import segments

VALUES = {
    "first_name": "Maya",
    "agent_name": "Dana Reyes",
    "agent_first_name": "Dana",
    "agent_phone": "(512) 555-0110",
    "brokerage": "Alder Realty",
    "area": "East Austin",
    "property": "1204 Willow Creek Drive",
    "price_range": "$400,000 to $450,000",
    "postal_address": "200 Alder Street, Austin, TX 78701",
    "unsubscribe_link": "https://tend.example.com/u/" + "k3v5w" * 10,
}
CONSENT = "https://tend.example.com/u/" + "m4z7q" * 10 + "/texts"
UNKNOWN = {**VALUES, "first_name": "", "area": "", "property": "", "price_range": "", "agent_phone": ""}
ODD = (
    "Hi Maya,\n\nThree homes for Saturday:\n\n- **12 Oak St**, $410,000\n- 9 Elm Ct (new roof, 2024)\n- 4 Ash Ln\n\n"
    "1. Look\n2. Ask\n\nMap: https://maps.example.com/?q=12+Oak+St&z=15\n\n<b>not bold</b> & [not](https://a.link)\n\nDana"
)
BUBBLE = "max-width:270px;margin:0 0 14px;padding:9px 13px;border-radius:16px;background:#e9e9eb;color:#111"
SIZES = (("phone", 390, 844), ("desk", 1000, 900))


def everything() -> Iterator[tuple[str, words.Rendered, str]]:
    """Every step and message that is written, once with all values and, for first steps, once with none."""
    loaded = words.load()
    for key, sequence in loaded.sequences.items():
        for step in sequence.steps:
            if step.channel == "call":
                continue
            for values in (VALUES, UNKNOWN):
                rendered = loaded.render_step(
                    step, sequence_key=key, values=values, first_text=step.day == 0, consent_link=CONSENT
                )
                yield f"{key}-{step.id}{'' if values is VALUES else '-unknown'}", rendered, step.channel
    for name, channel in loaded.written_messages:
        rendered = loaded.render_message(name, channel=channel, values=VALUES, consent_link=None)
        yield f"message-{name}", rendered, channel
    yield "by-a-person", words.Rendered("written", "", "Saturday", ODD), "email"


def write(folder: Path) -> list[Path]:
    """Write the pages; returns them."""
    pages, texts = [], []
    for name, rendered, channel in everything():
        if channel == "sms":
            cost = segments(rendered.body)
            texts.append(
                f"<small>{escape(name)}: {cost.count} {cost.encoding}</small>"
                f'<p style="{BUBBLE}">{escape(rendered.body)}</p>'
            )
            continue
        page = folder / f"{name}.html"
        page.write_text(letter.html(rendered.body, subject=rendered.subject, letterhead=VALUES["brokerage"]))
        pages.append(page)
    page = folder / "texts.html"
    page.write_text(
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width"><body style="font:16px sans-serif">'
        + "".join(texts)
    )
    return [*pages, page]


async def picture(pages: list[Path], chromium: str) -> None:
    """Take the pictures beside the pages."""
    from playwright.async_api import async_playwright  # noqa: PLC0415 - only where there is a browser

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for size, width, height in SIZES:
            for scheme in ("light", "dark"):
                context = await browser.new_context(
                    viewport={"width": width, "height": height},
                    color_scheme="dark" if scheme == "dark" else "light",
                    is_mobile=size == "phone",
                )
                tab = await context.new_page()
                for page in pages:
                    await tab.goto(page.as_uri())
                    wide = await tab.evaluate("document.documentElement.scrollWidth")
                    assert wide <= width, f"{page.name} is {wide} px wide on a screen of {width}"
                    await tab.screenshot(path=page.with_name(f"{page.stem}-{size}-{scheme}.png"), full_page=True)
                await context.close()
        await browser.close()


def main() -> None:
    """Write and picture."""
    folder = Path(sys.argv[1]).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    pages = write(folder)
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium:
        asyncio.run(picture(pages, chromium))
    print(f"{len(pages)} pages in {folder}{'' if chromium else ', and no Chromium to picture them'}")


if __name__ == "__main__":
    main()
