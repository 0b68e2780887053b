"""Comments: what people answer to posts and to each other, to any depth."""
