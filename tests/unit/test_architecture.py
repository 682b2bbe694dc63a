"""The walls of the house: order of slices and rooms, purity by place, no circles, who commits, who knows the request."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path

import pytest

from tests.house import FRAMEWORKS, NUMPY_LINE, PACKAGE, ROOMS, ROOT, SLICES, House, Module

HOUSE = House()
COMMITTING = (
    "notices.delivery",
    "workflows.certification",
    "workflows.correcting",
    "workflows.new_scoring",
    "workflows.item_analysis",
    "workflows.measurement_jobs",
)
QUERYING = {"select", "insert", "update", "delete", ".exec", ".execute", ".scalars", ".scalar"}


@pytest.mark.parametrize("module", HOUSE.modules.values(), ids=lambda module: module.name)
def test_imports_go_down(module: Module) -> None:
    assert not HOUSE.broken_walls(module)


@pytest.mark.parametrize("module", HOUSE.pure_modules().values(), ids=lambda module: module.name)
def test_pure_places_reach_no_framework(module: Module) -> None:
    assert not HOUSE.framework_behind(module)


def test_every_room_says_what_is_pure() -> None:
    for slice_name, rooms in ROOMS.items():
        for room in [*rooms, *(["practice"] if slice_name == "assessments" else [])]:
            text = ast.get_docstring(HOUSE.modules[f"{slice_name}.{room}"].tree) or ""
            assert "Not for:" in text.replace("\n", " "), f"{slice_name}.{room} does not say what it is not for"
            assert "\nPure: " in text, f"{slice_name}.{room} does not say which of its modules are pure"


def test_there_is_no_circle_of_imports() -> None:
    assert HOUSE.cycle() == []


def test_psychometrics_imports_nothing_of_ours() -> None:
    docstring = ast.get_docstring(HOUSE.modules["psychometrics"].tree) or ""
    named = NUMPY_LINE.search(docstring)
    assert named is not None
    with_numpy = set(named[1].split(", "))
    for module in [m for m in HOUSE.modules.values() if m.slice == "psychometrics"]:
        names = [name for _, name in HOUSE.imports(module)]
        assert all(name.startswith(f"{PACKAGE}.psychometrics") for name in names if name.startswith(PACKAGE)), module.name
        assert not [name for name in names if name.split(".")[0] in FRAMEWORKS]
        assert any(name.startswith("numpy") for name in names) == (module.stem in with_numpy), module.name


def test_rooms_and_slices_import_nothing_in_their_init() -> None:
    for module in [m for m in HOUSE.modules.values() if m.is_package]:
        assert len(module.tree.body) == 1, f"{module.name}/__init__.py holds one docstring and nothing else"
        assert isinstance(module.tree.body[0], ast.Expr)


def test_no_folder_is_full() -> None:
    """At most 20 modules a folder, besides its `__init__`."""
    counts: dict[Path, int] = {}
    for module in HOUSE.modules.values():
        if not module.is_package:
            counts[module.file.parent] = counts.get(module.file.parent, 0) + 1
    assert not {str(folder.relative_to(ROOT)): count for folder, count in counts.items() if count > 20}


def test_only_the_edge_commits() -> None:
    """One request, one transaction, one visible commit at the edge."""
    for module in HOUSE.modules.values():
        if module.is_edge or module.slice == "web" or module.name in COMMITTING:
            continue
        calls = [n for n in ast.walk(module.tree) if isinstance(n, ast.Attribute) and n.attr == "commit"]
        assert not calls, f"{module.name} commits"


def test_the_request_is_known_at_the_edge_only() -> None:
    for module in HOUSE.modules.values():
        if module.is_edge or module.slice == "web":
            continue
        names = {n.id for n in ast.walk(module.tree) if isinstance(n, ast.Name)}
        assert not names & {"request", "current_user", "current_app"}, module.name


def test_workflows_are_sequences_without_sql() -> None:
    for module in [m for m in HOUSE.modules.values() if m.slice == "workflows"]:
        used = {name for _, name in HOUSE.imports(module) if name.startswith("sqlalchemy")}
        assert used <= {"sqlalchemy.exc"}, f"{module.name} uses {used}"
        called = {_name_of(n.func) for n in ast.walk(module.tree) if isinstance(n, ast.Call)}
        assert not called & QUERYING, module.name


def test_views_do_not_query() -> None:
    for module in [m for m in HOUSE.modules.values() if m.stem == "views" or m.stem.endswith("_views")]:
        called = {_name_of(n.func) for n in ast.walk(module.tree) if isinstance(n, ast.Call)}
        assert not called & QUERYING, module.name


def _name_of(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else f".{node.attr}" if isinstance(node, ast.Attribute) else ""


def test_operator_pages_stand_in_one_place() -> None:
    """Every address below /operate is served from the package `operate`."""
    for module in HOUSE.modules.values():
        addresses = [n.value for n in ast.walk(module.tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
        if module.slice != "operate":
            assert not [text for text in addresses if text.startswith("/operate")], module.name


PLANTED = [
    ("psychometrics/angoff.py", "from trainer_academy.core.errors import BadInput", "imports nothing of ours"),
    ("courses/catalog.py", "from trainer_academy.assessments.bank import store", "slices are called downwards"),
    ("assessments/bank/store.py", "from trainer_academy.assessments.exams import attempts", "rooms are called downwards"),
    ("assessments/exams/views.py", "from trainer_academy.assessments.rating import appeals", "rooms are called downwards"),
    ("assessments/rating/tasks.py", "from trainer_academy.assessments.practice import steps", "nothing stands on practice"),
    ("measurement/cards/steps.py", "from trainer_academy.measurement.analysis import sums", "do not know each other"),
    ("credentials/signing/keys.py", "from trainer_academy.credentials.life import issuing", "rooms are called downwards"),
    ("pool/views.py", "from trainer_academy.vendors import views", "an edge belongs to its slice"),
    ("web/access.py", "from trainer_academy.courses import catalog", "web knows accounts and core only"),
    ("credentials/life/issuing.py", "from trainer_academy.workflows import certification", "only edges call workflows"),
]


@pytest.mark.parametrize(("place", "line", "reason"), PLANTED)
def test_a_planted_import_is_found(place: str, line: str, reason: str, tmp_path: Path) -> None:
    house = _copy_with(tmp_path, place, f"\n\ndef planted() -> None:\n    {line}\n")
    name = place.removesuffix(".py").replace("/", ".")
    [broken] = house.broken_walls(house.modules[name])
    assert reason in broken


def test_impurity_is_found_through_another_module(tmp_path: Path) -> None:
    house = _copy_with(tmp_path, "core/tokens.py", "\n\ndef planted() -> None:\n    import sqlalchemy\n")
    house.modules["assessments.items.scoring"].file.write_text("import trainer_academy.core.tokens\n")
    chain = House(tmp_path).framework_behind(House(tmp_path).modules["assessments.items.base"])
    assert chain == ["assessments.items.base", "assessments.items.scoring", "core.tokens", "sqlalchemy"]


def test_a_planted_circle_is_found(tmp_path: Path) -> None:
    house = _copy_with(tmp_path, "core/clock.py", "\n\ndef planted() -> None:\n    from trainer_academy.core import db\n")
    house.modules["core.db"].file.write_text("from trainer_academy.core import clock\n")
    assert set(House(tmp_path).cycle()) == {"core.clock", "core.db"}


def _copy_with(folder: Path, place: str, text: str) -> House:
    shutil.copytree(ROOT / PACKAGE, folder / PACKAGE, ignore=shutil.ignore_patterns("static", "templates", "__pycache__"))
    file = folder / PACKAGE / place
    file.write_text(file.read_text() + text)
    return House(folder)


def test_slices_are_all_there() -> None:
    assert {m.slice for m in HOUSE.modules.values() if m.is_package} >= {*SLICES, "core", "web", "workflows", "psychometrics"}


@pytest.mark.parametrize("kind", ["unit", "integration", "functional"])
def test_tests_stand_in_the_folders_of_the_code(kind: str) -> None:
    """What tests one room stands in its folder; what spans rooms stands above them."""
    folders = {file.parent.relative_to(ROOT / "tests" / kind) for file in (ROOT / "tests" / kind).rglob("test_*.py")}
    assert len(folders) > 5
    assert not [folder for folder in folders if not (ROOT / PACKAGE / folder).is_dir()]
