"""Fine-tuning: a trained decoder made to do something else."""
