"""Templates, the style sheet and the script, and the filters by which templates print values."""
