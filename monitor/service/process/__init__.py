"""The process and its surroundings: limits of the system, the service manager, and the part of process 1."""
