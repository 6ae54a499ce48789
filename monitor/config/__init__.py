"""The configuration: `find` says where it is, `load` reads it into the frozen `values`, or names every error at once."""
