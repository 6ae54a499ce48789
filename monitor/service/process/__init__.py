"""The process and its environment: resource limits, signals, the event loop, the service manager, and process 1 of a container."""
