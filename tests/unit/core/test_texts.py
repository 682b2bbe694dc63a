"""Every text that people read goes through gettext: templates hold no bare words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.house import ROOT

TEMPLATES = ROOT / "trainer_academy" / "templates"
# Names, units and marks that are the same in every language.
SAME_EVERYWHERE = {"A", "B", "MB", "kB", "n", "LinkedIn", "WhatsApp", "JSON", "QR"}


@pytest.mark.parametrize("file", sorted(TEMPLATES.rglob("*.html")), ids=lambda file: file.relative_to(TEMPLATES).as_posix())
def test_templates_hold_no_bare_words(file: Path) -> None:
    text = file.read_text()
    text = re.sub(r"\{#.*?#\}", "", text, flags=re.DOTALL)
    text = re.sub(r"\{% block body_attributes %\}.*?\{% endblock %\}", "", text)
    text = re.sub(r"\{\{.*?\}\}", "", text, flags=re.DOTALL)
    text = re.sub(r"\{%.*?%\}", "", text, flags=re.DOTALL)
    text = re.sub(r"<code>.*?</code>", "", text)
    visible = re.findall(r'(?:alt|title|aria-label|placeholder)="([^"]*)"', text)
    text = re.sub(r"<!?[^>]*>", "\n", text)
    words = re.findall(r"[^\W\d_]+", " ".join([*visible, re.sub(r"&\w+;", "", text)]))
    assert [word for word in words if word not in SAME_EVERYWHERE] == []
