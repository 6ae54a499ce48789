"""What a person may see of topics: their rules, judgements of items, and backtests."""
