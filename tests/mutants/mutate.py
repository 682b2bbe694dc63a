"""Planted faults: small changes of one function each, in rules, in the conditions of SQL statements and in what is written.

Comparisons, logic, arithmetic and constants are changed; a condition is dropped from `.where(...)`, `and_(...)`, `or_(...)`,
from `a and b` and from a comprehension; NULL tests are turned round; branches ("if ...:") are switched off; a statement that
only calls something, or that writes a field, is dropped. Only functions are changed, so that a fault can be planted into a
module that is imported already.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

Function = ast.FunctionDef | ast.AsyncFunctionDef
Change = Callable[[ast.AST], None]
COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
METHODS = {"is_": "is_not", "is_not": "is_", "in_": "not_in", "not_in": "in_"}
CONDITIONS = {"where", "and_", "or_"}
UNTOUCHED = {
    "limit",
    "cast",
    "token_urlsafe",
    "token_bytes",
    "token_hex",
    "choice",
}  # caps and lengths: another number is not another rule
# Without them nothing that a person can see changes; `lock_log` acts on PostgreSQL alone, and these runs are on SQLite.
KEPT = {"flush", "debug", "info", "warning", "lock_log"}


@dataclass(frozen=True)
class Mutant:
    """One planted fault: the function, by its qualified name, with the fault in it."""

    module: str
    function: str
    line: int
    statement: int  # the line where the statement begins
    text: str  # the line as it stands in the file
    words: str
    tree: ast.Module

    @property
    def said(self) -> str:
        """The fault in one line of the list of survivors, without the number of its line."""
        return f"{self.function}: {self.words}: {self.text}"


def mutants_of(module: str, file: Path) -> list[Mutant]:
    """Every fault that can be planted into the functions of a file, in the order of the text."""
    source = file.read_text()
    lines = source.splitlines()
    found = []
    for path, function in functions_of(ast.parse(source)):
        statements, untouched = _statements(function), _untouched(function)
        for place, node in enumerate(ast.walk(function)):
            if id(node) not in statements or id(node) in untouched:
                continue
            line = getattr(node, "lineno", statements[id(node)])
            for words, change in _changes(node):
                planted = copy.deepcopy(function)
                change(_nth(planted, place))
                body = ast.fix_missing_locations(ast.Module([planted], []))
                found.append(Mutant(module, path, line, statements[id(node)], lines[line - 1].strip(), words, body))
    return found


def functions_of(tree: ast.Module) -> Iterator[tuple[str, Function]]:
    """The functions of a module and the methods of its classes, by qualified name."""
    for node in tree.body:
        if isinstance(node, Function):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from ((f"{node.name}.{inner.name}", inner) for inner in node.body if isinstance(inner, Function))


def _statements(function: Function) -> dict[int, int]:
    """The line where the statement of each node begins; nodes of decorators and annotations are left out."""
    defaults = [default for default in (*function.args.defaults, *function.args.kw_defaults) if default is not None]
    found = {id(node): function.body[0].lineno for default in defaults for node in ast.walk(default)}
    for outer in function.body:
        for statement in ast.walk(outer):
            if isinstance(statement, ast.stmt):
                found |= {id(node): statement.lineno for node in ast.walk(statement)}
    return found


def _untouched(function: Function) -> set[int]:
    calls = [node for node in ast.walk(function) if isinstance(node, ast.Call) and _name_of(node) in UNTOUCHED]
    return {id(argument) for call in calls for argument in call.args}


def _nth(function: Function, place: int) -> ast.AST:
    return next(node for number, node in enumerate(ast.walk(function)) if number == place)


def _changes(node: ast.AST) -> Iterator[tuple[str, Change]]:
    if isinstance(node, ast.Compare):
        for place, operator in enumerate(node.ops):
            if type(operator) in COMPARISONS:
                yield f"{type(operator).__name__} turned", _turn_comparison(place)
    elif isinstance(node, ast.BoolOp):
        yield "and/or turned", _turn_logic
        for place in range(len(node.values)):
            yield f"operand {place + 1} of and/or dropped", _drop_operand(place)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.Invert):
        yield "negation dropped", _drop_negation
    elif isinstance(node, ast.BinOp | ast.AugAssign) and type(node.op) in ARITHMETIC:
        yield f"{type(node.op).__name__} turned", _turn_arithmetic
    elif isinstance(node, ast.Constant) and type(node.value) in (int, bool):
        yield f"constant {node.value} changed", _change_constant
    elif isinstance(node, ast.If):
        yield "branch switched off", _switch_off
    elif isinstance(node, ast.IfExp):
        yield "choice turned", _turn_choice
    elif isinstance(node, ast.comprehension):
        for place in range(len(node.ifs)):
            yield f"filter {place + 1} dropped", _drop_filter(place)
    elif isinstance(node, ast.Call):
        yield from _changes_of_call(node)
    elif isinstance(node, ast.stmt):
        yield from _changes_of_statement(node)


def _changes_of_call(node: ast.Call) -> Iterator[tuple[str, Change]]:
    name = _name_of(node)
    if name in CONDITIONS:
        for place in range(len(node.args)):
            if name == "where" or len(node.args) > 1:
                yield f"condition {place + 1} of {name} dropped", _drop_argument(place)
    if name in METHODS and isinstance(node.func, ast.Attribute):
        yield f"{name} turned", _rename_method
    if name == "desc" and isinstance(node.func, ast.Attribute):
        yield "desc dropped", _drop_call


def _changes_of_statement(node: ast.stmt) -> Iterator[tuple[str, Change]]:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and _name_of(node.value) not in KEPT:
        yield "call dropped", _drop_statement
    elif isinstance(node, ast.Assign) and any(isinstance(target, ast.Attribute | ast.Subscript) for target in node.targets):
        yield "writing dropped", _drop_writing


def _name_of(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _turn_comparison(place: int) -> Change:
    def change(node: ast.AST) -> None:
        assert isinstance(node, ast.Compare)
        node.ops[place] = COMPARISONS[type(node.ops[place])]()

    return change


def _turn_logic(node: ast.AST) -> None:
    assert isinstance(node, ast.BoolOp)
    node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()


def _drop_operand(place: int) -> Change:
    def change(node: ast.AST) -> None:
        assert isinstance(node, ast.BoolOp)
        del node.values[place]
        if len(node.values) == 1:
            node.values *= 2  # "a and a": the same as a, and still a node of its kind

    return change


def _drop_negation(node: ast.AST) -> None:
    assert isinstance(node, ast.UnaryOp)
    # The same node, said twice over: "not not x", "~~x".
    node.operand = ast.UnaryOp(type(node.op)(), node.operand)


def _turn_arithmetic(node: ast.AST) -> None:
    assert isinstance(node, ast.BinOp | ast.AugAssign)
    node.op = ARITHMETIC[type(node.op)]()


def _change_constant(node: ast.AST) -> None:
    assert isinstance(node, ast.Constant)
    node.value = (not node.value) if isinstance(node.value, bool) else node.value + 1  # type: ignore[operator]


def _switch_off(node: ast.AST) -> None:
    assert isinstance(node, ast.If)
    node.test = ast.BoolOp(ast.And(), [node.test, ast.Constant(False)])


def _turn_choice(node: ast.AST) -> None:
    assert isinstance(node, ast.IfExp)
    node.body, node.orelse = node.orelse, node.body


def _drop_filter(place: int) -> Change:
    def change(node: ast.AST) -> None:
        assert isinstance(node, ast.comprehension)
        del node.ifs[place]

    return change


def _drop_argument(place: int) -> Change:
    def change(node: ast.AST) -> None:
        assert isinstance(node, ast.Call)
        del node.args[place]

    return change


def _rename_method(node: ast.AST) -> None:
    assert isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    node.func.attr = METHODS[node.func.attr]


def _drop_call(node: ast.AST) -> None:
    assert isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    node.func.attr = "asc"


def _drop_statement(node: ast.AST) -> None:
    assert isinstance(node, ast.Expr)
    node.value = ast.Constant(None)


def _drop_writing(node: ast.AST) -> None:
    """The value is still worked out; nothing is written."""
    assert isinstance(node, ast.Assign)
    node.targets = [ast.Name("__dropped__", ast.Store())]
