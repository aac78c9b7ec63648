"""Who and where: parties, properties, sectors, and the organisation itself."""
