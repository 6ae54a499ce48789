"""The fields of a document in which topics are searched for."""

SEARCHED = ("title", "summary", "text")
