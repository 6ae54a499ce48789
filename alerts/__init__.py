"""From a story to a person: deciding, rendering and delivering alerts and digests."""
