"""Read-only tools for assistants, over the Model Context Protocol (the `mcp` extra). They print what views read."""
