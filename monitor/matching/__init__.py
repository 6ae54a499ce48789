"""The match pass: items against the configured topics, matches into stories; marks, backtests and rule changes.

Nothing here learns or scores by itself (see `monitor.topics`) or compares stories (see `monitor.stories`).
"""
