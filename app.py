"""Entry point for Spaces and for `python app.py`: serves the page, with the options of `avatar_app serve`."""

import sys

from avatar_app.cli.app import app

if __name__ == "__main__":
    app(["serve", *sys.argv[1:]])
