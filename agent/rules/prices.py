"""Prices in words, as people say them."""

from __future__ import annotations


def price_range(low: int | None, high: int | None) -> str:
    """Write a range of whole dollars: `$450k to $500k`, `up to $500k`, `from $450k`; empty when nothing is known."""
    if low and high:
        return f"{money(low)} to {money(high)}"
    if high:
        return f"up to {money(high)}"
    return f"from {money(low)}" if low else ""


def price_span(low: int | None, high: int | None) -> str:
    """Write the same range for a page, where room is dear: `$480–540k`, `$950k–1.2M`, `up to $540k`."""
    if not low or not high:
        return price_range(low, high)
    short_low, short_high = money(low), money(high)
    if short_low[-1] == short_high[-1] and short_low[-1] in "kM":
        short_low = short_low[:-1]
    return f"{short_low}–{short_high.removeprefix('$')}"


def money(dollars: int) -> str:
    """Write whole dollars short: `$450k`, `$2,400`, `$1.2M`."""
    if dollars >= 1_000_000:
        return f"${dollars / 1_000_000:.2f}".rstrip("0").rstrip(".") + "M"
    return f"${dollars // 1000}k" if dollars >= 10_000 and dollars % 1000 == 0 else f"${dollars:,}"
