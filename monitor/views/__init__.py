"""What a person may see, as frozen values: the same for commands, `--format json`, pages and the API.

A view reads and never writes. It holds no layout and no colour.
"""
