"""The JSON Schemas of bodies for other programs: a contract that only grows within a major version."""
