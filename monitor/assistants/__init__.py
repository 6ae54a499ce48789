"""Read-only tools for assistants, over the Model Context Protocol (the `mcp` extra). Their answers come from views."""
