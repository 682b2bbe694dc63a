"""Corrected keys: proposing, voting, looking ahead, approving, and scoring stored answers again. Not for: reports by learners
(contests).

Other rooms use: steps, models.
Pure: votes.
"""
