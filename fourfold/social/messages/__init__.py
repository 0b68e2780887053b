"""Messages: what people say to each other between themselves, by twos and in groups."""
