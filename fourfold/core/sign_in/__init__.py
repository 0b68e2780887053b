"""Sign-in beyond the password: the second factor after it, and passkeys in its place."""
