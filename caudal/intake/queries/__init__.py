"""Questions of the intake: what a file would do, and what is recorded already."""
