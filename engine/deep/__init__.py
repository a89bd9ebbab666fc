"""Deep learning: networks trained in front of the reader, their gradients number by number."""
