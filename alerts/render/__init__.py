"""What storywatch says, for each type of channel: pure functions from values to bytes."""
