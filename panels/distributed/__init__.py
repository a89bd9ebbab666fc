"""Pictures of pre-training at scale."""
