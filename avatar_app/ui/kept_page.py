"""Kept runs on the page: whose they are, what is shown of them after a reload, and what their buttons do."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.processing_utils import save_file_to_cache

from avatar_app.files import file_exists, scratch_folder
from avatar_app.paths import data_folder
from avatar_app.ui import cards, restoring
from avatar_app.ui.gate import Page
from avatar_app.ui.keeping import Keeper
from avatar_app.ui.run import OFF, Form, Results, Updates, nothing_shown, shown, shown_or_nothing
from avatar_app.ui.store import INPUTS, Kept, Store, Take, with_favourite
from avatar_app.ui.uploads import Uploads

# The browser keeps a secret of its own; a visitor's folder is named by its digest.
WHO = "() => [window.avatarApp.visitor()]"
BUS = "window.avatarApp.send = (data) => trigger('click', data);"
GIVEN = {"audio": "voice", "partner": "", "portrait": "portrait"}  # inputs, and where a record has their names
LOCKED = "**{}** is locked: it comes again as the first take, and the others are made anew."


@dataclass(frozen=True)
class KeptPage:
    """The components: the visitor's secret, and what carries the clicks on buttons inside HTML.

    locked: tells which take is locked, beside `unlock`. settings: the button that takes a file with settings.
    """

    store: Store
    visitor: gr.Textbox
    bus: gr.HTML
    locked: gr.Markdown
    unlock: gr.Button
    settings: gr.UploadButton

    def keeper(self, visitor: str) -> Keeper:
        """For a new run. InputError where nothing can be written."""
        folder = self.store.begin(visitor) or self.store.begin(secrets.token_hex(16))  # nobody's: it just gets old
        assert folder is not None
        return Keeper(self.store, folder)

    def earlier(self, results: Results, visitor: str, newest: Kept | None = None) -> Updates:
        """The cards of all runs but the newest."""
        runs = [kept for kept in self.store.runs(visitor) if newest is None or kept.folder != newest.folder]
        return {results.older: cards.older_html(runs, self.store.limits, others=newest is not None)}

    def lock(self, form: Form, take: Take | None) -> Updates:
        """Says which take is locked; None: none is."""
        words = LOCKED.format(f"Take {take.index} (seed {take.seed})") if take else ""
        return {
            form["keep_seed"]: str(take.seed) if take else "",
            self.locked: words,
            self.unlock: gr.update(elem_classes=[] if take else [OFF]),
        }


def open_store() -> Store:
    """Where runs are kept on this machine."""
    return Store(data_folder() / "runs")


def build() -> KeptPage:
    """The components, without events."""
    visitor = gr.Textbox("", label="Visitor", visible="hidden", elem_id="visitor")
    bus = gr.HTML("", visible="hidden", elem_id="bus", js_on_load=BUS)
    with gr.Row(elem_id="locking"):
        locked = gr.Markdown("", elem_id="locked")
        unlock = gr.Button("Unlock", size="sm", scale=0, elem_id="unlock", elem_classes=[OFF])
    return KeptPage(open_store(), visitor, bus, locked, unlock, restoring.build())


def connect(page: Page, form: Form, results: Results, kept: KeptPage) -> None:
    """Restores a visitor's runs when the page opens, and listens to the buttons on them."""
    quiet: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
    store = kept.store
    acts = _Acts(form, results, kept, page.uploads)

    def restore(visitor: str) -> Updates:
        runs = store.runs(visitor)
        updates = {kept.visitor: visitor, **kept.earlier(results, visitor, runs[0] if runs else None)}
        return {**updates, **(shown(results, runs[0]) if runs else {})}

    def left(http: gr.Request) -> None:
        page.uploads.leave(str(http.session_hash))

    page.unload(left)
    page.load(restore, kept.visitor, [kept.visitor, *results.components()], js=WHO, **quiet)
    changed = list({one._id: one for one in (*results.components(), *form.inputs.values())}.values())
    kept.bus.click(acts.act, kept.visitor, [*changed, kept.locked, kept.unlock], **quiet)
    kept.unlock.click(lambda: kept.lock(form, None), None, [form["keep_seed"], kept.locked, kept.unlock], **quiet)
    restoring.connect(form, kept.settings)


@dataclass(frozen=True)
class _Acts:
    """What the buttons on kept runs do. told: the button's run and take, and the run that is shown above the cards."""

    form: Form
    results: Results
    kept: KeptPage
    uploads: Uploads

    def act(self, visitor: str, event: gr.EventData, http: gr.Request) -> Updates:
        told: Mapping[str, Any] = event._data if isinstance(event._data, Mapping) else {}
        known = {
            "delete": self._delete,
            "favourite": self._favourite,
            "more": self._more,
            "lock": self._lock,
            "again": self._again,
        }
        act = known.get(str(told.get("act")))
        updates = act(visitor, told) if act else {}
        if told.get("act") == "delete-all":
            updates = self._delete_all(visitor, str(http.session_hash))
        return updates or {self.results.older: gr.skip()}  # an empty one is none to gradio

    def _delete(self, visitor: str, told: Mapping[str, Any]) -> Updates:
        self.kept.store.delete(visitor, str(told.get("run")))
        newest = self.kept.store.find(visitor, str(told.get("newest")))
        return self.kept.earlier(self.results, visitor, newest)

    def _delete_all(self, visitor: str, session: str) -> Updates:
        """Runs, what the form has of theirs, and faces kept for looking and drawing: nobody knows whose they are."""
        from avatar_app.engines.registry import engine_store
        from avatar_app.render.portrait import remembered  # heavy, and loaded anyway where there is a face to forget
        from avatar_app.speech import phone_recogniser
        from avatar_app.ui import faces

        self.uploads.delete(session, self.kept.store.inputs(visitor))
        self.kept.store.delete_all(visitor)
        remembered.forget()
        phone_recogniser.forget()
        engine_store().forget_people()
        faces.forget()
        emptied = {one: None for one in self.form.inputs.values() if getattr(one, "data_model", None)}
        return {**nothing_shown(self.results), **self.kept.earlier(self.results, visitor), **emptied}

    def _favourite(self, visitor: str, told: Mapping[str, Any]) -> Updates:
        """The star itself was turned by the page's script: sending the take again would end its playing."""
        run, take = self._named(visitor, told)
        if run and take:
            self.kept.store.change(
                run.folder, lambda record: with_favourite(record, take.index, not _is_favourite(record.takes, take))
            )
        return {}

    def _more(self, visitor: str, told: Mapping[str, Any]) -> Updates:
        """The same take, to be said other words to."""
        run, take = self._named(visitor, told)
        if run is None or take is None:
            return {}
        again = {self.form["seed"]: take.seed, self.form["samples"]: 1, self.form["act_plan"]: False}
        return {**self._as_before(run), **again, **self.kept.lock(self.form, None)}

    def _lock(self, visitor: str, told: Mapping[str, Any]) -> Updates:
        """The same run, in which one take stays and the others are made anew."""
        run, take = self._named(visitor, told)
        if run is None or take is None:
            return {}
        return {**self._as_before(run), self.form["new_seed"]: True, **self.kept.lock(self.form, take)}

    def _again(self, visitor: str, told: Mapping[str, Any]) -> Updates:
        """What the page should show of a run that has ended, and does not."""
        return shown_or_nothing(self.results, self.kept.store.find(visitor, str(told.get("run"))))

    def _named(self, visitor: str, told: Mapping[str, Any]) -> tuple[Kept | None, Take | None]:
        run, index = self.kept.store.find(visitor, str(told.get("run"))), told.get("take")
        return run, run.take(index) if run and isinstance(index, int) else None

    def _as_before(self, run: Kept) -> Updates:
        """The form with everything that a run was made of."""
        updates = restoring.updates_of(self.form, run.record.settings)
        for name, told in GIVEN.items():
            file = run.record.inputs.get(name)
            given = str(getattr(run.record, told)) if told else name
            updates[self.form[name]] = _as_upload(run.folder / INPUTS / file, given, self.form[name]) if file else None
        return updates


def _is_favourite(takes: tuple[Take, ...], take: Take) -> bool:
    return any(one.favourite for one in takes if one.index == take.index)


def _as_upload(file: Path, name: str, component: Any) -> str | None:
    """A kept file where the form's uploads lie, under the name it was given: the form takes them from nowhere else."""
    if not file_exists(file):
        return None
    with scratch_folder() as folder:
        named = folder / f"{name}{file.suffix}"
        try:
            os.link(file, named)
        except OSError:
            shutil.copyfile(file, named)
        return str(save_file_to_cache(named, component.GRADIO_CACHE))
