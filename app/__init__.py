"""The shell: the only place that knows processes, files and settings."""
