"""What is measured, beside what it is measured against. `caudal bench` runs these, nothing else imports them."""
