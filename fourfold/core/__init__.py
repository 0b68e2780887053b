"""The core system: tenants, accounts, access, files, notices, audit."""
