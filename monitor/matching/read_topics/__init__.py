"""Topics from the configuration: their rules, queries and examples are read from files, and learnt where needed."""
