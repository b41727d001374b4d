"""What drivers of switches share: VLANs and trunks, what to change, and whether it came to be. Pure."""
