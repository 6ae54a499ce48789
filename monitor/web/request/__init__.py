"""The request as a page handler sees it, and the answers it gives."""
