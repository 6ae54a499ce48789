"""Judgement of documents: a score with reasons for each topic, for one topic or thousands."""
