"""What an owner may do to feeds: subscribe, import, remove, pause, resume, poll now, discover."""
