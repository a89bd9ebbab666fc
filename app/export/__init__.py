"""One writer for each format, chosen by suffix."""
