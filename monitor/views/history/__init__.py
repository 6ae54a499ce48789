"""What a person may see of the past: items, stories, and why something was told or not."""
