"""The commerce system: a multi-vendor marketplace."""
