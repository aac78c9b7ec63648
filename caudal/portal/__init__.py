"""The citizen edge: what I owe, my bills, pay."""
