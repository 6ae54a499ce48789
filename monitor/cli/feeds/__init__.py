"""The commands of `storywatch feeds`."""
