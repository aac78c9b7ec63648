"""The unattended edge: the `caudal` command and the queue's tasks."""
