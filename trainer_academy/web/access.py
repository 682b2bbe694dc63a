"""Who may enter. Each view declares it with `@allow(...)`; a view without a declaration keeps the app from starting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask, abort, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.exceptions import Unauthorized

from trainer_academy.core.errors import BadInput, Forbidden
from trainer_academy.web.formats import role_name

ViewT = TypeVar("ViewT", bound=Callable[..., Any])


@dataclass(frozen=True)
class Rule:
    """A named rule. `kind` and `role` empty: everyone, or everyone who is signed in."""

    name: str
    needs_sign_in: bool = True
    kind: str = ""
    role: str = ""

    def admits(self, user: Any) -> bool:
        if not self.needs_sign_in:
            return True
        return bool(user.is_authenticated) and (not self.kind or user.has(self.kind, self.role))


EVERYONE = Rule("everyone", needs_sign_in=False)
SIGNED_IN = Rule("signed in")
VENDOR_MANAGER = Rule("vendor manager", kind="vendor", role="manager")
CLIENT = Rule("client", kind="client", role="buyer")
RATER = Rule("rater", kind="academy", role="rater")
AUTHOR = Rule("author", kind="academy", role="author")
OPERATOR = Rule("operator", kind="academy", role="operator")


def allow(rule: Rule) -> Callable[[ViewT], ViewT]:
    """Declare who may enter a view."""

    def mark(view: ViewT) -> ViewT:
        view.access_rule = rule  # type: ignore[attr-defined]
        return view

    return mark


def rule_of(app: Flask, endpoint: str) -> Rule | None:
    """The declared rule of an endpoint."""
    return getattr(app.view_functions.get(endpoint), "access_rule", None)


def check_declarations(app: Flask) -> None:
    """Raise when a route does not say who may enter."""
    open_doors = sorted(rule.endpoint for rule in app.url_map.iter_rules() if rule_of(app, rule.endpoint) is None)
    if open_doors:
        raise RuntimeError(f"these routes do not declare who may enter: {', '.join(open_doors)}")


def guard() -> ResponseReturnValue | None:
    """Before each request: refuse what no text may contain, then apply the declared rule."""
    if "\x00" in request.path or "%00" in request.query_string.decode("latin-1"):
        raise BadInput("address.character")
    if request.endpoint is None:
        return None
    rule = rule_of(current_app, request.endpoint)
    if rule is None:
        abort(500)
    if rule.admits(current_user):
        return None
    if current_user.is_authenticated:
        raise Forbidden("page.other_role", role=role_name(rule.kind, rule.role), name=current_user.name)
    if request.method in ("GET", "HEAD") and not wants_json():
        return redirect(url_for("accounts.sign_in", next=request.full_path.rstrip("?")))
    raise Unauthorized


def wants_json() -> bool:
    """True when the client prefers JSON, sent JSON, or asked the interface for machines."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json"], default="text/html")
    return request.is_json or best == "application/json" or request.path.startswith("/api/")


def safe_next(target: str | None, default: str) -> str:
    """A path on this site to go to after sign-in, or the default."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return default
    return default if any(char in target for char in "\\\r\n\t\x00") else target
