"""Reports: what people find wrong with others, kept with what was said then, for those who decide on it."""
