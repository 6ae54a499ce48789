"""What is known of words: documents, frequencies, the thesaurus, names, expressions and embeddings."""
