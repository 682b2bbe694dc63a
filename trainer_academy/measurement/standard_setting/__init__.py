"""Pass marks by a panel of judges: studies, rounds, results, adoption of a cut. Not for: decisions on attempts.

Pure: rules.
"""
