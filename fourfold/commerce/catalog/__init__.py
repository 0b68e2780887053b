"""Products and their variants: written, edited, published, archived."""
