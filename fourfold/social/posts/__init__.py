"""Posts: written, drafted, scheduled, edited with their history, reposted, quoted and taken back."""
