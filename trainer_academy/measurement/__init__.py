"""Measurement: calibrations, item analysis, standard setting, evaluator cards, simulation and reports; it delivers no exam."""
