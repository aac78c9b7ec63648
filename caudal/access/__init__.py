"""Who may do what: users, roles and the permission table."""
