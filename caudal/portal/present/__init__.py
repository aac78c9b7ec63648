"""What the portal's pages show, made from what the stages answer. Nothing is decided here."""
