"""Background: events and durable jobs, made visible, retryable and replayable."""
