"""Evaluator cards: how a person judges, with ranges. Not for: anything that a certificate says without the holder.

Pure: card.
"""
