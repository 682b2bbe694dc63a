"""Written work read by people: the right to rate, the queue, tasks and ratings, appeals, how raters do. Not for: work that a
key can score.

Other rooms use: appeals, tasks, models, reports, right, queue.
Pure: none.
"""
