"""The plain HTTP door: sign-in, files, health, metrics, explorer."""
