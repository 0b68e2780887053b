"""Uploads that can be resumed, by the tus protocol 1.0."""
