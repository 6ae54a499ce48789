"""What an owner may do about what is told: mute, replay, discard, resume a channel, send a digest."""
