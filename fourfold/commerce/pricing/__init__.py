"""What a basket costs and why: discounts, taxes, shipping and each vendor's share."""
