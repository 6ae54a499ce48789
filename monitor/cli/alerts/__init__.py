"""Commands about alerts and channels: `alerts`, `channels`, `mute`, `unmute` and `digest`."""
