"""Caudal: billing for water utilities, community water boards and municipalities, from the meter to the receipt."""
