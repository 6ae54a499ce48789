"""Commands about what is told: `alerts`, `channels`, `mute`, `unmute` and `digest`."""
