"""Pure computation: what every concept is, without a window."""
