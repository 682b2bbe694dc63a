"""The kinds of item: fields, reading an answer, scoring, what a page shows, the key. Not for: where items are stored or who
answers them.

Other rooms use: base, kinds, parts, presenting, scoring.
Pure: all.
"""
