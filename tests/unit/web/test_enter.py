"""Enter does what the main button says, in every form with more than one button: a key belongs to the form."""

from __future__ import annotations

import re

import pytest

from tests.house import ROOT

FOLDER = ROOT / "trainer_academy" / "templates"
FORM = re.compile(r"<form\b.*?</form>", re.DOTALL)
BUTTON = re.compile(r'<button(?![^>]*type="button")(?![^>]*\bform=)[^>]*>|{{ enter_button\(.*?\)')
WITH_ITEM = re.compile(r"items\.embedded\(|kind\.exam\(|exercise\.open|written\.controls\(")
TYPED = re.compile(r"<input(?![^>]*type=\"(?:hidden|checkbox|radio)\")|field\(|embedded\(|exam\(|exercise\.open|level_controls")
FORMS = [
    (file.relative_to(FOLDER).as_posix(), number, found)
    for file in sorted(FOLDER.rglob("*.html"))
    for number, found in enumerate(FORM.findall(file.read_text(encoding="utf-8")), 1)
]


def first_button(form: str) -> str:
    """The submit button that browsers press for Enter: the first one in the order of the page."""
    found = BUTTON.search(form)
    return found[0] if found else ""


@pytest.mark.parametrize(("name", "number", "form"), FORMS, ids=[f"{name}-{number}" for name, number, _ in FORMS])
def test_enter_presses_the_main_button(name: str, number: int, form: str) -> None:
    buttons = [one for one in BUTTON.findall(form) if "enter_button" not in one]
    has_buttons_of_an_item = bool(WITH_ITEM.search(form))  # written work brings a button of its own
    if (len(buttons) < 2 and not has_buttons_of_an_item) or not TYPED.search(form) or not buttons:
        return
    first = first_button(form)
    assert "enter_button" in first or "primary" in first, f"{name}: Enter would press {first}"
    if "enter_button" in first and (said := re.findall(r'"([^"]*)"', first)):
        main = [one for one in buttons if "primary" in one]
        assert main, f"{name} has no main button"
        named = re.search(r'name="(\w+)" value="(\w+)"', main[-1] if len(main) > 1 else main[0])
        assert named is None or list(named.groups()) == said, f"{name}: Enter says {said}, the main button {main}"


def test_the_sweep_sees_the_forms_that_were_wrong() -> None:
    assert len(FORMS) > 60
    assert sum("enter_button" in form for _, _, form in FORMS) >= 7
    wrong = '<form><input name="a" /><button class="btn">Back</button><button class="btn primary">Send</button></form>'
    assert "primary" not in first_button(wrong)
