"""GraphQL: the community as one graph, for clients that choose what they read; nothing is decided here."""
