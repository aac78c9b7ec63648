"""What is measured, beside what it is measured against. `caudal bench` runs these; nothing in the product imports them."""
