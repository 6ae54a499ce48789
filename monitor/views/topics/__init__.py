"""Views of topics: their rules, judgements of items, and backtests."""
