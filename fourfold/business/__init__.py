"""The business system: what each tenant uses, and what its plan allows."""
