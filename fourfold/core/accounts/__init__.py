"""Accounts: people who belong to a tenant."""
