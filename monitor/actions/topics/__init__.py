"""What an owner may do with topics: learn, mark, apply, suggest, import and write rules."""
