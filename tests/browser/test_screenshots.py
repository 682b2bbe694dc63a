"""The pictures of the README can be made from the demo data."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.browser import screenshots

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
@pytest.mark.timeout(620)
def test_every_picture_of_the_readme_is_made(has_browser: None, tmp_path: Path) -> None:
    screenshots.main(tmp_path)
    shown = set(re.findall(r"docs/pictures/([\w-]+\.png)", (ROOT / "README.md").read_text()))
    made = {
        file.name for file in tmp_path.iterdir() if file.read_bytes().startswith(b"\x89PNG") and file.stat().st_size > 5_000
    }
    assert shown
    assert shown <= made
