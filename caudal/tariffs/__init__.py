"""Services and their versioned prices."""
