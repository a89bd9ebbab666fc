"""The program's name and version, as every report and exported figure carries them."""

VERSION = "0.1.0"
PROGRAM = f"loupe {VERSION}"
SCHEMA = 1
