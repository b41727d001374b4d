"""Ground floor: pods, core switches, vCenters, management networks, VLANs and their life."""
