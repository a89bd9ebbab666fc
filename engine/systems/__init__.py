"""Operating systems: processes, scheduling, concurrency, memory, caches."""
