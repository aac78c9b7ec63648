"""What is typed about bill runs."""
