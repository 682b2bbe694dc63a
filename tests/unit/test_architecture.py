"""Calls go down: the import order of the house, read from the source (imports inside functions counted)."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "trainer_academy"
LAYERS = [
    "core", "accounts", "notices", "courses", "assessments", "measurement", "credentials", "pool", "vendors", "workflows",
    "edge",
]  # fmt: skip
SLICES = LAYERS[1:9]
PURE = {
    "schema",
    "items",
    "mark_items",
    "kinds",
    "written_items",
    "written_checks",
    "written_formats",
    "written_text",
    "agreement",
    "assembly",
    "bank_report",
    "bank_balance",
    "blind_review",
    "integrity",
    "keys",
    "votes",
    "profile",
    "eligibility",
    "scoring",
    "statistics",
    "criteria",
    "document",
    "jwt",
    "proofs",
    "stencils",
    "pay",
    "vocabulary",
    "response_model",
    "calibration",
    "drift",
    "estimates",
    "exchange",
    "response_files",
    "matrix",
    "panels",
    "scatter",
    "mastery",
    "decision_model",
    "sequence",
    "simulation",
    "virtual_exam",
    "evaluator_card",
    "classical",
    "analysis_charts",
    "item_report",
    "item_statistics",
    "likenesses",
    "option_labels",
    "decisions",
    "judging",
    "fairness",
    "similarity",
    "confidence",
    "study_rules",
    "baking",
    "pdf",
    "pictures",
    "reading",
    "record",
    "openapi",
    "shapes",
}
IMPURE_PACKAGES = ("flask", "sqlmodel", "sqlalchemy", "flask_login", "flask_babel", "wtforms")
TOP = {"app", "cli", "bank_cli", "item_cli", "pages", "demo", "serve", "jobs", "tables"}
FREE = {"config"}


COMMITTING = (
    ".delivery",
    "workflows.certification",
    "workflows.correcting",
    "workflows.item_analysis",
    "workflows.measurement_jobs",
    "workflows.setup",
)


def is_edge_name(name: str) -> bool:
    return name in {"forms", "cli"} or name == "views" or name.endswith(("_forms", "_views", "_cli"))


def place_of(module: str) -> tuple[str, str]:
    """(layer, slice) of `trainer_academy.x.y`."""
    parts = module.split(".")[1:]
    if not parts:
        return "core", ""
    if len(parts) == 1 and parts[0] in FREE:
        return "core", ""
    if parts[0] in TOP or parts[0] == "api":
        return "edge", parts[0]
    if parts[0] == "web":
        return "web", "web"
    if len(parts) > 1 and is_edge_name(parts[-1]):
        return "edge", parts[0]
    return parts[0], parts[0]


def imports_of(file: Path) -> list[tuple[int, str]]:
    found = []
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            base = node.module
            for alias in node.names:
                deeper = ROOT / Path(*base.split(".")) / f"{alias.name}.py"
                found.append((node.lineno, f"{base}.{alias.name}" if deeper.exists() else base))
    return found


def modules() -> list[tuple[str, Path]]:
    files = sorted((ROOT / PACKAGE).rglob("*.py"))
    return [(".".join(f.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"), f) for f in files]


def is_allowed(importer: str, imported: str) -> bool:
    layer, owner = place_of(importer)
    target, target_owner = place_of(imported)
    if owner in TOP or (layer == "edge" and owner == "app"):
        return True
    if target == "edge":
        # Forms of accounts carry the plain CSRF form that every edge may use.
        return layer == "edge" and (target_owner == owner or imported == f"{PACKAGE}.accounts.forms")
    if layer == "edge":
        return True
    if layer == "web":
        return target in {"web", "core", "accounts"}
    if target == "web":
        return False
    return LAYERS.index(target) <= LAYERS.index(layer)


@pytest.mark.parametrize(("name", "file"), modules(), ids=lambda value: value if isinstance(value, str) else "")
def test_imports_go_down(name: str, file: Path) -> None:
    wrong = [
        f"{file.name}:{line} imports {target}"
        for line, target in imports_of(file)
        if target.startswith(PACKAGE) and not is_allowed(name, target)
    ]
    assert not wrong


@pytest.mark.parametrize(("name", "file"), modules(), ids=lambda value: value if isinstance(value, str) else "")
def test_rules_know_no_framework(name: str, file: Path) -> None:
    if file.stem not in PURE:
        return
    wrong = [f"{file}:{line} {target}" for line, target in imports_of(file) if target.split(".")[0] in IMPURE_PACKAGES]
    assert not wrong


def test_slices_import_nothing_in_their_init() -> None:
    for folder in [*SLICES, "core", "web", "workflows"]:
        tree = ast.parse((ROOT / PACKAGE / folder / "__init__.py").read_text())
        assert len(tree.body) == 1
        assert isinstance(tree.body[0], ast.Expr), f"{folder}/__init__.py holds one docstring and nothing else"


def test_only_the_edge_commits() -> None:
    """One request, one transaction, one visible commit at the edge."""
    for name, file in modules():
        layer, _ = place_of(name)
        if layer in {"edge", "web"} or name.endswith(COMMITTING):
            continue
        calls = [n for n in ast.walk(ast.parse(file.read_text())) if isinstance(n, ast.Attribute) and n.attr == "commit"]
        assert not calls, f"{name} commits"


def test_the_request_is_known_at_the_edge_only() -> None:
    for name, file in modules():
        layer, _ = place_of(name)
        if layer in {"edge", "web"}:
            continue
        names = {n.id for n in ast.walk(ast.parse(file.read_text())) if isinstance(n, ast.Name)}
        assert not names & {"request", "current_user", "current_app"}, name


def test_a_planted_upward_import_is_found() -> None:
    assert not is_allowed(f"{PACKAGE}.courses.catalog", f"{PACKAGE}.assessments.bank")
    assert not is_allowed(f"{PACKAGE}.pool.views", f"{PACKAGE}.vendors.views")
    assert not is_allowed(f"{PACKAGE}.web.access", f"{PACKAGE}.courses.catalog")
    assert is_allowed(f"{PACKAGE}.vendors.reports", f"{PACKAGE}.credentials.queries")
