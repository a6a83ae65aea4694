"""Prices in words, as people say them."""

from __future__ import annotations


def price_range(low: int | None, high: int | None) -> str:
    """Write a range of whole dollars: `$450k to $500k`, `up to $500k`, `from $450k`; empty when nothing is known."""
    if low and high:
        return f"{money(low)} to {money(high)}"
    if high:
        return f"up to {money(high)}"
    return f"from {money(low)}" if low else ""


def money(dollars: int) -> str:
    """Write whole dollars short: `$450k`, `$2,400`, `$1.2M`."""
    if dollars >= 1_000_000:
        return f"${dollars / 1_000_000:.2f}".rstrip("0").rstrip(".") + "M"
    return f"${dollars // 1000}k" if dollars >= 10_000 and dollars % 1000 == 0 else f"${dollars:,}"
