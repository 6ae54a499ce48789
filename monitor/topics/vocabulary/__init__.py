"""Knowledge about words: documents, frequencies, the thesaurus, names, regular expressions and embeddings."""
