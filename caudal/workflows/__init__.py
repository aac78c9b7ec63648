"""The stages in order: one function each, owner of the transaction and of the lock order."""
