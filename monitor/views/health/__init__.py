"""Views of the installation: status, workers, the first round, and findings of `doctor`."""
