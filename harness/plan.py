"""From what was asked for to a run with a key, without importing a plug-in that was seen before.

Planning validates the options, reads the data's fingerprint and digests the sources. The answer for
one method on one task is remembered (see :mod:`harness.memo`) until a source, a data file or an
installed package changes, so planning a grid of a thousand known runs imports nothing.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from harness import config, registry, sources
from harness.errors import BadInput, BrokenPlugin, Incompatible
from harness.memo import Memo
from harness.specs import KeyParts, Request, RunSpec, run_key

if TYPE_CHECKING:
    from harness.task import Task


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """One run ready to be executed or looked up.

    Attributes:
        key: The run's key.
        spec: The run, completely.
        request: What was asked for.
        parts: What the key is made of.
    """

    key: str
    spec: RunSpec
    request: Request
    parts: KeyParts


@dataclass
class Planner:
    """Plans requests; keeps what it learns in the cache."""

    _memo: Memo = field(default_factory=lambda: Memo("plans"))
    _parts: dict[str, tuple[KeyParts, str]] = field(default_factory=dict)

    @functools.cached_property
    def _place(self) -> str:
        """Digest of where names and relative paths lead from here."""
        place = f"{os.getcwd()}\0{registry.search_path()}"
        return hashlib.sha256(place.encode()).hexdigest()[:16]

    def plan(self, request: Request, seed: int, *, external: bool = False) -> PlannedRun:
        """Return the run that ``request`` with ``seed`` is.

        Args:
            request: What was asked for.
            seed: The run's seed.
            external: Whether the predictions are made elsewhere (see :mod:`harness.external`): the
                method's name is no registered one, its options are what identifies the file.

        Raises:
            UnknownName: The method, the task, an option or a preset is unknown.
            Incompatible: The method does not take tasks of this kind; what fits is listed.
            BadInput: An option is not valid, or a data file is missing or unclear.
            Unavailable: A plug-in needs a package that is not installed.
        """
        question = f"{request.model_dump_json()} {self._place}"
        resolve = self._resolve_external if external else self._resolve
        question += " external" if external else ""
        known = self._memo.remember(question, functools.partial(resolve, request))
        if question not in self._parts:
            parts = KeyParts.model_validate(known["parts"])
            self._parts[question] = parts, parts.digest()
        parts, digest = self._parts[question]
        spec = RunSpec(
            method=request.method,
            config=known["config"],
            task=request.task,
            task_config=known["task_config"],
            seed=seed,
            preset=request.preset,
            backbone=request.backbone,
            device=request.device,
        )
        return PlannedRun(run_key(spec, digest, known["path_options"]), spec, request, parts)

    def _resolve(self, request: Request) -> tuple[dict[str, Any], Iterable[str]]:
        """Import the two plug-ins, validate the options and fingerprint sources and data."""
        check_compatible(request.method, request.task)
        method = registry.methods.load(request.method)
        options = config.resolve(
            method.Config,
            owner=f"method {request.method}",
            presets=method.presets,
            preset=request.preset,
            overrides=request.overrides,
        )
        task = _task(request)
        with contextlib.redirect_stdout(sys.stderr):
            files = [Path(path) for path in task.files()]
            targets = [Path(path) for path in task.target_files()]
        modules = [registry.methods.entry(request.method).module, *_judging_modules(request)]
        return self._answer(options.model_dump(mode="json"), task, files, targets, modules)

    def _resolve_external(self, request: Request) -> tuple[dict[str, Any], Iterable[str]]:
        """Import the task, validate its options and fingerprint what the scoring depends on."""
        task = _task(request)
        with contextlib.redirect_stdout(sys.stderr):
            targets = [Path(path) for path in task.target_files()]
        return self._answer(request.overrides, task, targets, targets, _judging_modules(request))

    def _answer(
        self,
        options: Mapping[str, Any],
        task: Task,
        files: Sequence[Path],
        targets: Sequence[Path],
        modules: Iterable[str],
    ) -> tuple[dict[str, Any], Iterable[str]]:
        """Return what is remembered of a request, and the paths that it depends on."""
        closures = [sources.trace(module) for module in modules]
        digests = {name: d for c in closures for name, d in c.modules.items()}
        packages = {name for c in closures for name in c.packages}
        parts = KeyParts(
            data=self._fingerprint(files),
            sources=dict(sorted(digests.items())),
            packages={name: _version(name) for name in sorted(packages)},
            targets=self._fingerprint(targets),
        )
        answer = {
            "config": dict(options),
            "task_config": task.config.model_dump(mode="json"),
            "path_options": path_options(type(task).Config),
            "parts": parts.model_dump(),
        }
        # A file added to a data folder can change which files are meant, and an installed package
        # changes the folder it goes to: folders are watched like files.
        watched = {str(p) for f in files for p in (f, f.parent)}
        watched.update(path or os.getcwd() for path in sys.path)
        watched.update(path for c in closures for path in c.files.values())
        return answer, watched

    def _fingerprint(self, files: Iterable[Path]) -> str:
        """Return a digest over the names and contents of ``files``."""
        lines = []
        for path in map(Path.absolute, files):
            digest = self._memo.remember(f"sha256 {path}", functools.partial(_digest_of, path))
            lines.append(f"{path.name}\0{digest}\n")
        # Sorted by name and content: by folder, files moved elsewhere would change places.
        return hashlib.sha256("".join(sorted(lines)).encode()).hexdigest()


def check_compatible(method: str, task: str) -> None:
    """Make sure ``method`` takes tasks of ``task``'s kind.

    Raises:
        UnknownName: One of them is unknown.
        Incompatible: It does not; the tasks it takes and the methods that fit are listed.
    """
    takes: Any = registry.methods.describe(method).get("kinds")
    kind: Any = registry.tasks.describe(task).get("kind")
    if takes is None or kind is None:
        takes = getattr(registry.methods.load(method), "kinds", None)
        kind = getattr(registry.tasks.load(task), "kind", None)
        for what, name, said in (("method", method, takes), ("task", task, kind)):
            if said is None:
                raise BrokenPlugin(f"{what} {name!r} does not say its kind: is it a {what}?")
    if kind in takes:
        return
    fitting_tasks = [
        n for n in registry.tasks.names() if registry.tasks.describe(n).get("kind") in takes
    ]
    fitting_methods = [
        n
        for n in registry.methods.names()
        if kind in (registry.methods.describe(n).get("kinds") or ())
    ]
    raise Incompatible(
        f"method {method!r} takes tasks of kind {', '.join(takes)}, and {task!r} is of kind {kind}. "
        f"Tasks for {method!r}: {', '.join(fitting_tasks) or 'none'}. "
        f"Methods for {task!r}: {', '.join(fitting_methods) or 'none'}."
    )


def _task(request: Request) -> Task:
    """Return the task asked for, with its options."""
    task = registry.tasks.load(request.task)
    return task(config.build(task.Config, request.task_overrides, owner=f"task {request.task}"))


def _judging_modules(request: Request) -> list[str]:
    """Return the modules that figures depend on whoever predicted: the task, and the intervals'."""
    return [registry.tasks.entry(request.task).module, "harness.intervals"]


def path_options(cls: Any) -> list[str]:
    """Return the names of the options that hold a path."""
    return [
        name
        for name, info in cls.model_fields.items()
        if info.annotation is Path or Path in get_args(info.annotation)
    ]


def _digest_of(path: Path) -> tuple[str, list[str]]:
    """Return the SHA-256 of a file, and the file as what the answer depends on."""
    try:
        with open(path, "rb") as handle:
            return hashlib.file_digest(handle, "sha256").hexdigest(), [str(path)]
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}") from None


@functools.cache
def _version(package: str) -> str:
    """Return the version of the distribution that provides an import name; ``absent`` if none."""
    from importlib import metadata

    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        pass
    owners = metadata.packages_distributions().get(package, [])
    return metadata.version(owners[0]) if owners else "absent"
