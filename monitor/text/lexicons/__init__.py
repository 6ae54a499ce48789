"""Word lists with frequencies, a file for each language; written by benchmarks/build_lexicons.py."""
