"""The JSON Schemas of what other programs receive: a contract that only grows within a major version."""
