"""Item analysis: sums over sittings, statistics of items, groups, answers that are too much alike. Not for: deciding anything
about a person.

Pure: charts, option_labels, statistics.
"""
