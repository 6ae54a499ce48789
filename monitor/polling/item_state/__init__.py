"""What a poll means for an item: new, revised, republished, or the same item under a changed id. Pure."""
