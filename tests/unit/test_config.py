"""Settings: the README's table is the settings, wrong values are refused, the secret is made once."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.house import ROOT
from trainer_academy.config import Config, read_or_make_secret
from trainer_academy.core.errors import ConfigError


def test_the_readme_lists_exactly_the_settings_with_their_meaning() -> None:
    rows = [line for line in (ROOT / "README.md").read_text().split("\n") if line.startswith("| `") and line.count("|") >= 4]
    listed = {row.split("`")[1]: row.rsplit(" | ", 1)[1].removesuffix(" |") for row in rows}
    assert listed == {str(item.validation_alias): item.description for item in Config.model_fields.values()}


def test_only_config_reads_the_environment() -> None:
    for file in (ROOT / "trainer_academy").rglob("*.py"):
        if file.name != "config.py":
            assert "os.environ" not in file.read_text(), file


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({"PORT": "http"}, "PORT"),
        ({"PORT": "99999999"}, "PORT"),
        ({"TA_ENV": "live"}, "TA_ENV"),
        ({"TA_BASE_URL": "academy.example"}, "TA_BASE_URL"),
        ({"TA_BASE_URL": "https://academy.example/path"}, "without a path"),
        ({"TA_SECRET_KEY": "short"}, "at least 32"),
    ],
)
def test_wrong_values_say_what_is_wrong(environ: dict[str, str], message: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=message):
        Config.from_env({"TA_INSTANCE": str(tmp_path), **environ})


def test_defaults_need_nothing(tmp_path: Path) -> None:
    config = Config.from_env({"TA_INSTANCE": str(tmp_path / "instance"), "PORT": "8123"})
    assert config.base_url == "http://127.0.0.1:8123"
    assert config.did == "did:web:127.0.0.1%3A8123"
    assert config.database_url.startswith("sqlite:///")
    again = Config.from_env({"TA_INSTANCE": str(tmp_path / "instance"), "PORT": "8123"})
    assert again.secret_key == config.secret_key
    assert config.secret_key not in repr(config)


def test_processes_that_start_at_once_share_one_secret(tmp_path: Path) -> None:
    file = tmp_path / "secret.key"
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: read_or_make_secret(file), range(32)))
    assert found <= {file.read_text()}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
