"""Templates: what mails say in each language, as it comes with Fourfold and as a tenant has written it."""
