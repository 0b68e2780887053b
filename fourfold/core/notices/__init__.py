"""Notices: mails, from the template to the mail server."""
