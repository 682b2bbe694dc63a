"""Specialist profiles, search, requisitions and offers. Not for: copies of certificates; it joins the live ones."""
