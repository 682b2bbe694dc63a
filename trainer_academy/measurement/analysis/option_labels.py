"""What the table of answers calls those that have no label of their own. Pure."""

from __future__ import annotations

NONE, OTHER = "", "other"
