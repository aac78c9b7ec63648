"""The composition root: settings, addresses and the WSGI application."""
