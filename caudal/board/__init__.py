"""What a community board does besides billing water: assemblies, quotas of its members, and its small accounts."""
