"""Search: finding posts, people and hashtags, and whom to mention, out of what the searcher may see."""
