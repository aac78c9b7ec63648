"""How a mail is written and handed to a server."""
