"""The doors of OAuth 2.1 and OpenID Connect: Atrium tells partner apps who signed in, and lets them act."""
