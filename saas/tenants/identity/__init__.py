"""People and what opens doors to them: sessions, policies, keys, tokens, and the acts of administrators."""
