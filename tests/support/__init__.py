"""What tests stand on: real services, builders and pretenders."""
