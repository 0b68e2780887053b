"""What is done by hand from the command line."""
