"""What tests stand on: databases, processes, a mail server. Everything real, nothing mocked."""
