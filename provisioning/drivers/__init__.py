"""How the portal talks to devices: one small protocol, a folder a driver. No driver knows a Django model of ours
but its own, and none is called inside a database transaction."""
