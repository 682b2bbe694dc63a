"""Things that know nothing of the field: database, clock, errors, front matter, Markdown, tokens."""
