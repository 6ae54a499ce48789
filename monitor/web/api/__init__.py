"""`/api/v1`: the values of `--format json` for programs with a bearer token, and the actions of the commands.

An endpoint is one value that says its address, its words, its answer and who may ask; `openapi` describes all of them.
"""
