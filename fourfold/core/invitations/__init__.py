"""Invitations: people are asked in, with the roles that they are to have; and what a new tenant still has to do."""
