"""A vendor's roster, assignments and reports. Not for: private practice answers of its staff."""
