"""The contract checks: one list, which `main.py check` and the tests both run over every concept."""
