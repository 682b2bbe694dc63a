"""What an answer says in a few letters, so that equal answers can be counted. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

NONE, OTHER = "", "other"
LONGEST = 40


def option_label(payload: Mapping[str, Any]) -> str:
    """Options like "a" or "a+c", the preference "+2", levels "facts=1 tone=2", an order "b a=c", a step "3", "2 marks".

    "" where nothing was answered. Reasons, texts and confidence are left out: they differ from person to person.
    """
    if selected := payload.get("selected"):
        return "+".join(sorted(selected))[:LONGEST]
    if "overall" in payload:
        return f"{payload['overall']:+d}" if payload["overall"] else "0"
    if levels := payload.get("levels"):
        return " ".join(f"{name}={levels[name]}" for name in sorted(levels))[:LONGEST]
    if ranks := payload.get("ranks"):
        return _order(ranks)
    if "first_wrong" in payload:
        return str(payload["first_wrong"])
    if "marks" in payload:
        return f"{len(payload['marks'])} marks"
    return "text" if payload.get("text") else NONE


def _order(ranks: Mapping[str, int]) -> str:
    """Letters from the best to the worst; equal ranks are joined."""
    by_rank: dict[int, list[str]] = {}
    for letter in sorted(ranks):
        by_rank.setdefault(ranks[letter], []).append(letter)
    return " ".join("=".join(by_rank[rank]) for rank in sorted(by_rank))
