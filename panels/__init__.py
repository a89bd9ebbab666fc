"""Pictures: one draw function for each concept."""
