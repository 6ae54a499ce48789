"""The pages, one module for each subject. A module gives its routes as `PAGES`; the registry lists the modules."""
