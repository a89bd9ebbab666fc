"""Pictures of deep learning."""
