"""What processes tell Prometheus: how they are, and how much waits."""
