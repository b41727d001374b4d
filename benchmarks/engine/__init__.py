"""The whole engine on a provider of 800 tenants, beside the bare protocols."""
