"""Sitting an exam: who may start, the paper, saved answers, handing in, the decision. Not for: what a pass is worth
(credentials), people who rate (rating), keys in dispute (contests).

Other rooms use: attempts, assembly, basis, deciding, decision_model, eligibility, handing_in, log, models, scoring, windows.
Pure: assembly, bank_report, decision_model, eligibility, integrity, paper, scoring, sequence.
"""
