"""Taking an import back: what it created goes to the trash, what it changed is as it was, what moved on since stays."""
