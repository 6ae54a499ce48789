"""The process and its environment: resource limits, the service manager, and the duties of process 1."""
