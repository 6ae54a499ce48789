"""Learns rules from example articles and marks."""
