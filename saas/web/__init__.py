"""The plain HTTP door: sign-in, health, metrics, explorer."""
