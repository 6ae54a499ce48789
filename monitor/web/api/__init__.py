"""`/api/v1`: the values of `--format json` for programs with a bearer token, and the actions of the commands.

An `Endpoint` value declares an address, parameters, an answer and who may call it; `openapi` describes all endpoints.
"""
