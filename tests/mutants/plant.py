"""Gives functions of modules that are imported already other code: with a fault, or with marks that tell which lines run."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path
from types import FunctionType, ModuleType

from tests.house import PACKAGE, ROOT
from tests.mutants.mutate import Mutant, functions_of

Lines = set[tuple[str, int]]
MARK = "__reached__"


def file_of(module: str) -> Path:
    return ROOT / PACKAGE / Path(*module.split(".")).with_suffix(".py")


def plant(mutant: Mutant) -> None:
    """Put the fault into the function, so that everybody who imported it has it."""
    _replace(importlib.import_module(f"{PACKAGE}.{mutant.module}"), mutant.function, mutant.tree)


def mark_lines(module: str, reached: Lines) -> None:
    """From now on the functions of a module add (module, line) to `reached` for each statement that runs."""
    imported = importlib.import_module(f"{PACKAGE}.{module}")
    vars(imported)[MARK] = lambda line: reached.add((module, line))
    for path, function in functions_of(ast.parse(file_of(module).read_text())):
        for node in list(ast.walk(function)):
            for field in ("body", "orelse", "finalbody"):
                if isinstance(block := getattr(node, field, None), list):
                    setattr(node, field, [part for statement in block for part in (_mark(statement), statement)])
        _replace(imported, path, ast.fix_missing_locations(ast.Module([function], [])))


def _mark(statement: ast.stmt) -> ast.stmt:
    call = ast.Call(ast.Name(MARK, ast.Load()), [ast.Constant(statement.lineno)], [])
    return ast.copy_location(ast.Expr(call), statement)


def _replace(module: ModuleType, path: str, tree: ast.Module) -> None:
    planted = tree.body[0]
    assert isinstance(planted, ast.FunctionDef | ast.AsyncFunctionDef)
    planted.decorator_list = []
    namespace: dict[str, object] = {}
    code = compile(tree, module.__file__ or "", "exec", dont_inherit=True)
    exec(code, vars(module), namespace)
    *owners, name = path.split(".")
    owner: object = module
    for part in owners:
        owner = getattr(owner, part)
    target = vars(owner)[name]
    for inner in ("fget", "func", "__func__"):  # a property, a cached property, a class method
        target = getattr(target, inner, target)
    while hasattr(target, "__wrapped__"):
        target = target.__wrapped__
    made = namespace[planted.name]
    assert isinstance(target, FunctionType) and isinstance(made, FunctionType)
    target.__code__, target.__defaults__, target.__kwdefaults__ = made.__code__, made.__defaults__, made.__kwdefaults__
