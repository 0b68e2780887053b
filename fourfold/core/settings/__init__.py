"""Settings: what each tenant, plan and the whole platform has chosen."""
