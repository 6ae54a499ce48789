"""From a document to a score per topic, with its reasons; one topic or thousands."""
