"""Finding products: lists, full text, filters, facets, suggestions."""
