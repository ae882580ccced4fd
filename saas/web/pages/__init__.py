"""Pages for people: plain HTML that needs no script, in Chinese and English, sent whole by the server."""
