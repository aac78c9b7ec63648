"""What is sent to people: the outbox and its mails."""
