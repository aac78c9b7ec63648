"""What the worker does: tasks by name, deferred through `queue.defer`. Each is safe to run twice.

The worker imports this package; a module of tasks counts once it is listed here.
"""

from caudal.jobs.tasks import billing, documents, history, housekeeping, imports, notices, payments

__all__ = ["billing", "documents", "history", "housekeeping", "imports", "notices", "payments"]
