""" "Something is wrong with this item": what people report, and the answer that they get by a date. Not for: changing a key
(corrections).

Other rooms use: models, steps, forms, views.
Pure: none.
"""
