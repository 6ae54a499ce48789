"""Actions on feeds: subscribe, import, remove, pause, resume, poll now, discover."""
