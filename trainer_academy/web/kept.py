"""What somebody sent after the sign-in had ended: it goes along through the sign-in, so that nothing that was typed is lost."""

from __future__ import annotations

import json

from flask import request

MOST_FIELDS = 100
SECRET = ("csrf_token", "password")


def kept_of_request() -> str:
    """The fields of this request as text for one hidden field; "" when there are none, or one of them is a password."""
    fields = [(name, value) for name, value in request.form.items(multi=True) if name != "csrf_token"]
    if request.method != "POST" or not fields or any(word in name for name, _ in fields for word in SECRET):
        return ""
    return json.dumps(fields[:MOST_FIELDS])


def read_kept(text: str | None) -> list[tuple[str, str]]:
    """The fields again; nothing for a text that is not ours."""
    try:
        found = json.loads(text or "[]")
    except ValueError:
        return []
    if not isinstance(found, list) or len(found) > MOST_FIELDS:
        return []
    rows = [row for row in found if isinstance(row, list) and len(row) == 2 and all(isinstance(one, str) for one in row)]
    return [(name, value) for name, value in rows if not any(word in name for word in SECRET)]
