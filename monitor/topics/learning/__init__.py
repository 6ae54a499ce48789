"""From example articles and marks to a rule."""
