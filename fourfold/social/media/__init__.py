"""Media: pictures and videos of posts, made fit to be shown, and served to those who may see the post."""
