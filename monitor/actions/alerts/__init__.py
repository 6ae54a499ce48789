"""Actions on alerts and channels: mute, replay, discard, resume a channel, send a digest."""
