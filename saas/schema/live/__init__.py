"""Subscriptions: what is asked, how it is answered, who is told what when, and how that reaches a client."""
