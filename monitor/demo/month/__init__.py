"""A month of the demo's outlets in virtual time: what they publish, and what goes wrong."""
