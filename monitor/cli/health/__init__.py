"""Commands about the state of the installation: `status`, `doctor`, `db`."""
