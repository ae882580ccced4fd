"""What subscriptions and webhooks follow, read again and again from where it was left."""
