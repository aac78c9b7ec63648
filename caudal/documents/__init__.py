"""What the customer holds: bill, receipt and statement as PDF."""
