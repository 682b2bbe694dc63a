"""Arithmetic of tests and raters: response models, mastery decisions, classification, agreement, calibration. It knows no
item, no exam and no database, and imports nothing of ours. Not for: what an exam does with a number.

Pure: all. numpy only in: calibration, classical, matrix, priors.
"""
