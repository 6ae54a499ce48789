"""From feeds on the network to stories: polling, topics, stories, the processes that run them, and the command line."""
