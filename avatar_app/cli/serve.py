"""`avatar_app serve` and `avatar_app add-user`: the page, and who may open it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def serve(
    host: Annotated[
        str, typer.Option(envvar="GRADIO_SERVER_NAME", help="Address to listen on; 0.0.0.0 lets other machines in.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(envvar="GRADIO_SERVER_PORT", help="Port.")] = 7860,
    share: Annotated[bool, typer.Option("--share", help="Open a public link through Gradio's servers.")] = False,
    auth: Annotated[Path | None, typer.Option(help="Ask for a name and password: a file made by add-user.")] = None,
    token: Annotated[
        str, typer.Option(envvar="AVATAR_TOKEN", help="Let programs in that send it (Bearer), and nobody else.")
    ] = "",
    allow_host: Annotated[
        list[str] | None, typer.Option(help="A name that the page answers to, such as avatar.example.org; repeatable.")
    ] = None,
    root_path: Annotated[
        str, typer.Option(envvar="GRADIO_ROOT_PATH", help="Where a proxy serves it, such as /avatar.")
    ] = "",
    grace: Annotated[float, typer.Option(min=0, help="Seconds that runs may go on once it is told to end.")] = 30.0,
    consent: Annotated[
        bool, typer.Option(help="Ask once whether one may animate a portrait that does not ship with the app.")
    ] = True,
    label: Annotated[
        str, typer.Option(envvar="AVATAR_LABEL", help='Text drawn into every video, such as "AI-generated".')
    ] = "",
    replicas: Annotated[
        int, typer.Option(min=1, max=64, help="Processes behind the one address; each makes a run at a time.")
    ] = 1,
    serve_handle: Annotated[
        str, typer.Option(help='Let Ray Serve make the takes: the address of a cluster, "auto", or "local".')
    ] = "",
    at_once: Annotated[int, typer.Option(min=1, max=1000, help="With --serve-handle: the most runs at once.")] = 2,
    with_parent: Annotated[
        bool, typer.Option("--with-parent", hidden=True, help="End when standard input does.")
    ] = False,
) -> None:
    """Open the page. GET /health and /ready say how it is."""
    from avatar_app.serving import serve

    names = tuple(allow_host or ())
    service = serve.Service(
        host, port, share, auth, token, names, root_path, grace, consent, label, serve_handle, at_once, with_parent
    )
    if replicas > 1:
        from avatar_app.serving import many

        typer.echo(f"{replicas} processes behind http://{host}:{port}")
        many.launch(service, replicas)
    else:
        serve.launch(service)


def add_user(
    path: Annotated[Path, typer.Argument(help="The file of users; made where there is none.")],
    name: Annotated[str, typer.Argument(help="Whom to let in.")],
    password: Annotated[
        str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True, help="Asked for when left out.")
    ],
) -> None:
    """Add or change a user for `serve --auth`; passwords are kept hashed."""
    from avatar_app.serving.access import add_user

    add_user(path, name, password)
    typer.echo(f"{name} may open a page that is served with --auth {path}")


def signing_key(
    folder: Annotated[Path, typer.Argument(help="Where to write it; name it in $AVATAR_SIGNING then.")],
    name: Annotated[str, typer.Option(help="Who signs, as whoever checks a video sees it.")],
) -> None:
    """Make a self-signed key, with which videos get Content Credentials (C2PA)."""
    from avatar_app.credentials import make_key

    for path in make_key(folder, name):
        typer.echo(path)
