"""The data that commands, `--format json`, pages and the API show, as frozen values.

A view reads and never writes. It has no layout and no colour.
"""
