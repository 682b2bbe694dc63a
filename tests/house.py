"""Reads the house from its source: modules, what they import (imports inside functions too), and which walls an import breaks.

The order of slices and rooms stands here once. What is pure is said by the place itself: the docstring of each room names its
pure modules ("Pure: all." or "Pure: a, b."), and imports are followed through modules.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

PACKAGE = "trainer_academy"
ROOT = Path(__file__).resolve().parents[1]
GROUND = ("core", "config")
SLICES = ("accounts", "notices", "courses", "assessments", "measurement", "credentials", "pool", "vendors")
ROOMS = {
    "assessments": ("items", "bank", "exams", "contests", "rating", "corrections", "results"),
    "measurement": ("calibrations", "analysis", "standard_setting", "cards", "simulations", "reports"),
    "credentials": ("signing", "documents", "life", "checking", "pages"),
}
BESIDE = {"practice": ("items", "bank", "exams")}  # a room that nothing stands on
STRANGERS = {"calibrations", "analysis", "standard_setting", "cards", "simulations"}  # they do not know each other
EDGE_PACKAGES = ("api", "operate")
TOP = ("app", "cli", "bank_cli", "item_cli", "pages", "demo", "serve", "jobs", "tables", "library", "migrate", "words")
FRAMEWORKS = ("flask", "flask_login", "flask_babel", "flask_wtf", "wtforms", "sqlmodel", "sqlalchemy", "alembic")
PURE_LINE = re.compile(r"^Pure: (.+?)\.", re.MULTILINE)
NUMPY_LINE = re.compile(r"numpy only in: ([a-z_, ]+)")


@dataclass(frozen=True)
class Module:
    """One module by its name without the package, as in `assessments.exams.attempts`."""

    name: str
    file: Path

    @property
    def parts(self) -> list[str]:
        return self.name.split(".")

    @property
    def slice(self) -> str:
        return self.parts[0]

    @property
    def room(self) -> str:
        """The room within the slice; "" on the ground of a slice."""
        return self.parts[1] if len(self.parts) > 2 or self.is_package else ""

    @property
    def is_package(self) -> bool:
        return self.file.name == "__init__.py"

    @property
    def stem(self) -> str:
        return self.parts[-1]

    @property
    def is_edge(self) -> bool:
        """Views, forms, commands and words, the JSON interface, the operator pages, and what stands above all."""
        named = self.stem in ("views", "forms", "cli", "words") or self.stem.endswith(("_views", "_forms", "_cli"))
        return self.slice in (*EDGE_PACKAGES, *TOP) or (self.slice != "web" and named)

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.file.read_text())


class House:
    """All modules below `root/trainer_academy`."""

    def __init__(self, root: Path = ROOT) -> None:
        self.root = root
        self._imports: dict[str, list[tuple[int, str]]] = {}
        files = sorted((root / PACKAGE).rglob("*.py"))
        names = {".".join(f.relative_to(root / PACKAGE).with_suffix("").parts): f for f in files}
        found = {name.removesuffix(".__init__"): file for name, file in names.items() if name != "__init__"}
        self.modules = {name: Module(name, file) for name, file in found.items()}

    def imports(self, module: Module) -> list[tuple[int, str]]:
        """(line, full name) of everything that a module imports, wherever in the module."""
        if module.name not in self._imports:
            self._imports[module.name] = list(self._read_imports(module))
        return self._imports[module.name]

    def _read_imports(self, module: Module) -> Iterator[tuple[int, str]]:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    longer = f"{node.module}.{alias.name}"
                    yield node.lineno, longer if longer.removeprefix(f"{PACKAGE}.") in self.modules else node.module

    def own_imports(self, module: Module) -> Iterator[tuple[int, Module]]:
        """The imports of modules of ours."""
        for line, name in self.imports(module):
            found = self.modules.get(name.removeprefix(f"{PACKAGE}."))
            if name.startswith(f"{PACKAGE}.") and found is not None:
                yield line, found

    def broken_walls(self, module: Module) -> list[str]:
        """The imports of a module that go up, or into a room that it may not know."""
        return [
            f"{module.name}:{line} imports {target.name}: {reason}"
            for line, target in self.own_imports(module)
            if (reason := why_not(module, target))
        ]

    def pure_modules(self) -> dict[str, Module]:
        """What the docstrings of the rooms say is pure."""
        found = {}
        for package in [module for module in self.modules.values() if module.is_package]:
            line = PURE_LINE.search(ast.get_docstring(package.tree) or "")
            names = [] if line is None or line[1] == "none" else line[1].split(", ")
            inside = {m.stem: m for m in self.modules.values() if m.name.rpartition(".")[0] == package.name and not m.is_edge}
            for name in inside if names == ["all"] else names:
                found[f"{package.name}.{name}"] = inside[name]
        return found

    def framework_behind(self, module: Module) -> list[str]:
        """The shortest chain of imports from a module to a framework; empty when there is none."""
        chains, seen = [[module.name]], {module.name}
        for chain in chains:
            last = self.modules[chain[-1]]
            if found := [name for _, name in self.imports(last) if name.split(".")[0] in FRAMEWORKS]:
                return [*chain, found[0]]
            for _line, target in self.own_imports(last):
                if target.name not in seen:
                    seen.add(target.name)
                    chains.append([*chain, target.name])
        return []

    def cycle(self) -> list[str]:
        """One circle of imports, as names; empty when there is none."""
        state: dict[str, int] = {}
        path: list[str] = []

        def visit(name: str) -> list[str]:
            state[name] = 1
            path.append(name)
            for _line, target in self.own_imports(self.modules[name]):
                if state.get(target.name) == 1:
                    return [*path[path.index(target.name) :], target.name]
                if target.name not in state and (found := visit(target.name)):
                    return found
            path.pop()
            state[name] = 2
            return []

        return next((found for name in self.modules if name not in state and (found := visit(name))), [])


def why_not(importer: Module, target: Module) -> str:
    """Why an import is refused; "" when it is allowed."""
    if importer.slice in TOP:
        return ""
    if importer.slice == "psychometrics" and target.slice != "psychometrics":
        return "psychometrics imports nothing of ours"
    if target.slice in GROUND:
        return ""
    if importer.slice in GROUND:
        return "the ground knows nothing above it"
    if importer.slice == target.slice and importer.slice in ROOMS:
        return _why_not_room(importer, target)
    if importer.slice == target.slice:
        return "" if importer.is_edge or not target.is_edge else "a step knows no edge"
    if target.slice in TOP:
        return "" if target.slice == "library" and importer.is_edge else "nothing stands on the top"
    if target.slice == "psychometrics":
        return ""
    if importer.slice == "web" or target.slice == "web":
        return _why_not_web(importer, target)
    if target.is_edge:
        is_shared_form = importer.slice == "operate" and target.stem.endswith("forms")
        return "" if is_shared_form else "an edge belongs to its slice"
    if importer.is_edge:
        return ""
    if target.slice == "workflows":
        return "only edges call workflows"
    if importer.slice == "workflows":
        return ""
    return "" if SLICES.index(target.slice) < SLICES.index(importer.slice) else "slices are called downwards"


def _why_not_web(importer: Module, target: Module) -> str:
    if importer.slice == "web":
        return "" if target.slice in ("web", "accounts") else "web knows accounts and core only"
    return "" if importer.is_edge else "only edges know web"


def _why_not_room(importer: Module, target: Module) -> str:
    """Within a slice: downwards between rooms; the ground of a slice knows no room. Edges are not excepted."""
    if target.is_edge and not importer.is_edge:
        return "a step knows no edge"
    if importer.room == target.room or not target.room:
        return ""
    if not importer.room:
        return "the ground of a slice knows no room"
    if importer.room in BESIDE:
        return "" if target.room in BESIDE[importer.room] else f"{importer.room} stands beside that room"
    if target.room in BESIDE:
        return f"nothing stands on {target.room}"
    if {importer.room, target.room} <= STRANGERS:
        return "these rooms do not know each other"
    order = ROOMS[importer.slice]
    return "" if order.index(target.room) < order.index(importer.room) else "rooms are called downwards"
