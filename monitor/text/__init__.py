"""Plain text: words, stems, names, and lines of TOML. Nothing here knows of topics or items."""
