"""Pre-training at scale: many processes, one model."""
