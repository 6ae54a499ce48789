"""The processes that run the passes: the daemon, `once`, replay and workers.

`app` is the composition root, where the parts are joined. Decisions about feeds, topics and alerts are in the packages
below.
"""
