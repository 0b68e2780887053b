"""Second factors: codes of an app, passkeys, recovery codes, and the challenges that ask for them."""
