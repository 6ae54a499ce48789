"""Forms of words by language: endings, prefixes, broken plurals, compounds."""
