"""All that systems may know of each other: events, ports and frozen facts."""
