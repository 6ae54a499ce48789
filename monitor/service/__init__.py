"""The processes that run the passes: the daemon, `once`, replay and workers, and what they need to run.

`app` is the composition root: the one place where the parts are joined. Nothing here decides about feeds, topics or
alerts; that is in the rooms below.
"""
