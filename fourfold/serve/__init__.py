"""Services turned into processes."""
