"""What a person may see of what is told: channels, deliveries, mutes and digests."""
