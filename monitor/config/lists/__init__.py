"""Lists of feeds: OPML files, in and out."""
