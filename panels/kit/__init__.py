"""What every panel draws with."""
