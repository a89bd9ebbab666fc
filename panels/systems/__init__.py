"""Pictures of the operating systems chapter."""
