"""The JSON interface /api/v1 for machines: pydantic in, pydantic out. An edge like the views; not for: rules, pages."""
