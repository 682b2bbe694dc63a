"""Sequences that span slices, in the order in which they happen. No SQL, no rules, no HTML."""
