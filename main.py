"""Loupe 洞见: hands the command line to app.cli."""

import sys

if __name__ == "__main__":
    from app.cli import main

    sys.exit(main(sys.argv[1:]))
