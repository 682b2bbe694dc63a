"""Practice: the next item, an answer with its explanation at once, skipping, taking back. Not for: anything that counts.

Other rooms use: nothing of it.
Pure: none.
"""
