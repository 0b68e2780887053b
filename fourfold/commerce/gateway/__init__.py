"""The simulated payment gateway: a stranger with books of its own, as real ones are."""
