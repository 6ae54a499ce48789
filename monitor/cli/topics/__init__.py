"""Commands about topics: `topics`, `backtest` and `mark`."""
