"""Technical report and handbook of an exam, and the table of requirements. It reads the other rooms of this slice; none
reads it. Not for: numbers of its own.

Pure: page_document, schema, shapes.
"""
