"""Signing: the key pairs behind the access tokens."""
