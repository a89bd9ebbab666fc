"""Transformers and Llama 2: attention, positions, norms, caches."""
