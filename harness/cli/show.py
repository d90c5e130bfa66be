"""``harness show``: everything about one name or one run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.cli.complete import names
from harness.cli.output import store_option
from harness.errors import UnknownName

if TYPE_CHECKING:
    from harness.record import RunRecord


@click.command()
@click.argument("name", shell_complete=names("methods", "tasks", "suites", "kernels"))
@click.option("--json", "as_json", is_flag=True, help="A JSON object.")
@click.option(
    "--episode",
    metavar="N|ID",
    help="Of a run of an interactive task: the transcript of one episode, by number (from 0) or id.",
)
@store_option
def command(name: str, as_json: bool, episode: str | None, store: Path | None) -> None:
    """Show a method, task, suite or kernel with its options, or a run by its key.

    NAME is a registered name, or a run's key or its beginning.
    """
    from harness import registry

    if episode is not None:
        _show_episode(name, episode, as_json, store)
        return
    found = False
    for shelf in (registry.methods, registry.tasks, registry.suites, registry.kernels):
        if name in shelf.names():
            _show_plugin(shelf, name, as_json)
            found = True
    if not found:
        _show_run(name, as_json, store)


def _show_plugin(shelf: Any, name: str, as_json: bool) -> None:
    facts = {key: fact for key, fact in shelf.describe(name).items() if fact}
    facts["file"] = _source(shelf.entry(name).module)
    options: list[dict[str, Any]] = []
    if shelf.what in ("method", "task"):
        options = _options(shelf.load(name).Config)
    if as_json:
        click.echo(json.dumps({"what": shelf.what, **facts, "options": options}))
        return
    click.echo(f"{shelf.what} {name}: {facts.pop('title', '') or facts.get('doc', '')}")
    shown_facts = ("paper", "kind", "kinds", "members", "requires", "kernels", "presets")
    for key in (*shown_facts, "submission_format", "problem", "file"):
        if key in facts:
            value = facts[key]
            shown = ", ".join(value) if isinstance(value, tuple | list) else value
            click.echo(f"  {key}: {shown}")
    for option in options:
        allowed = f" ({option['allowed']})" if option["allowed"] else ""
        click.echo(f"  {option['name']} = {option['default']!r}{allowed}")
        if option["description"]:
            click.echo(f"      {option['description']}")


def _source(module: str) -> str:
    from harness import sources

    return str(sources.find(module) or "")


def _options(cls: Any) -> list[dict[str, Any]]:
    """Return name, default, allowed values and description of every option."""
    properties = cls.model_json_schema()["properties"] if cls.model_fields else {}
    rows = []
    for name, info in cls.model_fields.items():
        schema = properties.get(name, {})
        limits = {
            "minimum": "≥",
            "exclusiveMinimum": ">",
            "maximum": "≤",
            "exclusiveMaximum": "<",
        }
        allowed = [f"{sign} {schema[key]:g}" for key, sign in limits.items() if key in schema]
        allowed += [" | ".join(str(v) for v in schema["enum"])] if "enum" in schema else []
        default = info.get_default(call_default_factory=True)
        rows.append(
            {
                "name": name,
                "default": str(default) if isinstance(default, Path) else default,
                "allowed": ", ".join(allowed),
                "description": info.description or "",
            }
        )
    return rows


def _find_run(prefix: str, store: Path | None) -> RunRecord:
    from harness import registry
    from harness.errors import BadInput
    from harness.store import Store

    try:
        return Store(store).find(prefix)
    except BadInput as error:
        known = {n for s in (registry.methods, registry.tasks, registry.kernels) for n in s.names()}
        if all(letter in "0123456789abcdef" for letter in prefix):
            raise
        raise UnknownName("name or run", prefix, known, hint=str(error)) from None


def _show_episode(prefix: str, wanted: str, as_json: bool, store: Path | None) -> None:
    """Print the transcript of one episode, with its figures."""
    from harness import transcript
    from harness.errors import BadInput
    from harness.store import Store

    record = _find_run(prefix, store)
    table = Store(store).examples(record)
    if table is None or transcript.COLUMN not in table.column_names:
        raise BadInput(
            f"run {record.key} of {record.spec.task} keeps no transcripts: "
            "--episode is for runs of interactive tasks that went well"
        )
    ids = table.column("id").to_pylist()
    row = ids.index(wanted) if wanted in ids else _row(wanted, len(ids), record.key)
    facts = {name: table.column(name)[row].as_py() for name in table.column_names}
    text = facts.pop(transcript.COLUMN)
    if as_json:
        click.echo(json.dumps({**facts, transcript.COLUMN: json.loads(text)}))
        return
    figures = ", ".join(f"{k} {v:g}" for k, v in facts.items() if isinstance(v, int | float))
    click.echo(f"run {record.key}, episode {row} ({facts['id']}): {figures}\n")
    click.echo(transcript.render(text), nl=False)


def _row(wanted: str, episodes: int, key: str) -> int:
    """Return the row of the episode with a number."""
    from harness.errors import BadInput

    if wanted.isdecimal() and int(wanted) < episodes:
        return int(wanted)
    raise BadInput(
        f"run {key} has no episode {wanted!r}: give a number from 0 to {episodes - 1}, or an id"
    )


def _show_run(prefix: str, as_json: bool, store: Path | None) -> None:
    record = _find_run(prefix, store)
    if as_json:
        click.echo(record.model_dump_json())
        return
    click.echo(f"run {record.key}: {record.spec.method} on {record.spec.task}, {record.status}")
    if record.external:
        click.echo(f"  external: predictions read from {record.submission}, made elsewhere")
    if record.failure:
        click.echo(f"  reason: {record.failure.message}")
    for score in record.scores:
        if score.value is None:
            click.echo(f"  {score.metric}: – ({score.reason})")
            continue
        interval = score.interval
        spread = f" [{interval.low:.4f}, {interval.high:.4f}] {interval.method}" if interval else ""
        unit = score.unit if score.unit == "%" else f" {score.unit}".rstrip()
        click.echo(f"  {score.metric}: {score.value:.4f}{unit}{spread}")
    for title, part in (
        ("specification", record.spec.model_dump()),
        ("timings", record.timings.model_dump()),
        ("limits", record.limits.model_dump()),
        ("provenance", record.provenance.model_dump() if record.provenance else {}),
        ("data", {"fingerprint": record.key_parts.data[:16]}),
        ("packages", record.key_parts.packages),
        ("sources", {m: d[:12] for m, d in record.key_parts.sources.items()}),
        *((name, figures) for name, figures in record.details.items()),
    ):
        click.echo(f"{title}:")
        for key, value in part.items():
            click.echo(f"  {key}: {value}")
    if record.failure and record.failure.traceback:
        click.echo(f"traceback:\n{record.failure.traceback}", nl=False)
    if record.failure and record.failure.log:
        click.echo(f"last lines printed:\n{record.failure.log}", nl=False)
