"""The process and its environment: resource limits, the service manager, and process 1 of a container."""
