"""Signed Open Badges credentials: issuing, status, keys, public pages. Not for: deciding who passed."""
