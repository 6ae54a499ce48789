"""The web pages: requests in, pages out.

A page reads a request, calls a view or an action, and renders the result. It decides nothing and queries nothing itself.
`registry` lists the page modules, `serving` runs the server in the daemon's loop.
"""
