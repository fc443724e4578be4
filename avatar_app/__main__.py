"""`python -m avatar_app`."""

from avatar_app.cli.app import app

app(prog_name="avatar_app")
