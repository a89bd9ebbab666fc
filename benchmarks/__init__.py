"""Benchmarks: each row is our work as a ratio against its floor, measured side by side in the same run."""
