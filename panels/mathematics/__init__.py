"""Mathematics: derivatives, probability, likelihood, linear maps."""
