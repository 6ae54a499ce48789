"""Views of channels, deliveries, mutes and digests."""
