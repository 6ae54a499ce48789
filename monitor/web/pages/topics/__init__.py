"""Pages of topics: the overview, a rule as a person reads it, editing in place, a new topic, and the search."""
