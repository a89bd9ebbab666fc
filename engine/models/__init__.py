"""Models that are trained here and used by several chapters, each a recipe that anyone can run again."""
