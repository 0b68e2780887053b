"""Access: sign-in, tokens, roles, and who sent a request."""
