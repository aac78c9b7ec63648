"""Services, tariffs, months and cycles: what is charged, and when."""
