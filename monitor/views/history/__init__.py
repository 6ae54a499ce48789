"""Views of items and stories, and explanations of why something was alerted or not."""
