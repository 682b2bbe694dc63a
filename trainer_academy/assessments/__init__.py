"""Items, practice, exams, attempts and scores. Not for: what a pass is worth; that is credentials."""
