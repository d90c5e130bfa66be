"""A paper's reported tables, sweeps and claims as data, validated when read.

One TOML file per paper, in ``reports/papers`` or anywhere a third party keeps theirs. A file holds
what the paper reports, with source and confidence of every figure, and which method and options of
ours stand for each row. It never holds a figure that was measured here.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from pydantic import Field, ValidationError, model_validator

from harness.errors import BadInput, UnknownName
from harness.reports.paper_claims import Claim, Confidence, Part, arms_of

FOLDER = Path(__file__).parent / "papers"


class Citation(Part):
    """What the paper is; ``code`` names its official repository."""

    title: str
    authors: str
    venue: str
    year: int
    identifier: str
    code: str = ""


class Source(Part):
    """Where reported figures were taken from.

    Attributes:
        name: How rows and claims refer to it.
        where: The document, for people.
        note: What a reader must know about it.
    """

    name: str
    where: str
    note: str = ""


class Tuning(Part):
    """How an option of a baseline is chosen: the value that is best on other data than the test's.

    Attributes:
        option: The option.
        values: The values tried.
        metric: The metric that decides.
        task_config: Options that turn the task to its validation data.
    """

    option: str
    values: tuple[float, ...] = Field(min_length=2)
    metric: str
    task_config: dict[str, Any]


class Arm(Part):
    """A method with its options, standing for a row of the paper or a baseline beside it.

    Attributes:
        name: How tables and claims refer to it.
        label: For people.
        method: Registry name of the method.
        config: Options that differ from its defaults.
        tune: How one more option is chosen, or None.
    """

    name: str
    label: str
    method: str
    config: dict[str, Any] = Field(default_factory=dict)
    tune: Tuning | None = None


class Figure(Part):
    """A metric of a paper's table.

    Attributes:
        metric: The task's name for it.
        heading: The paper's name for it.
        factor: What our value is multiplied by to be in the paper's unit (100 for percent).
    """

    metric: str
    heading: str
    factor: float = 1.0


class Reported(Part):
    """One row of figures as the paper reports them.

    Attributes:
        setting: What the paper held fixed (detector, backbone): one column of reported figures.
        arm: Which arm it is of.
        source: Name of the source.
        confidence: Whether the figure was read there or recalled.
        values: Metric to figure, in the paper's unit.
    """

    setting: str
    arm: str
    source: str
    confidence: Confidence
    values: dict[str, float]


class PaperTable(Part):
    """One table: which arms, which metrics, and what the paper reports of them."""

    name: str
    title: str
    arms: tuple[str, ...]
    metrics: tuple[Figure, ...]
    reported: tuple[Reported, ...]
    notes: tuple[str, ...] = ()

    def settings(self) -> list[str]:
        """Return the settings of the reported figures, in order of appearance."""
        return list(dict.fromkeys(row.setting for row in self.reported))


class Curve(Part):
    """One method followed along one option.

    Attributes:
        label: For people.
        method: Registry name of the method.
        config: Options held fixed.
        option: The option that varies.
        values: Its values, ascending.
        default: The paper's own choice, or None.
    """

    label: str
    method: str
    config: dict[str, Any] = Field(default_factory=dict)
    option: str
    values: tuple[float, ...] = Field(min_length=2)
    default: float | None = None

    def arms(self) -> list[Arm]:
        """Return the points of the curve as arms."""
        return [
            Arm(
                name=f"{self.label} {value:g}",
                label=self.label,
                method=self.method,
                config={**self.config, self.option: value},
            )
            for value in self.values
        ]


class Sweep(Part):
    """A sensitivity study: curves over the same axis and the arm they are judged against."""

    name: str
    title: str
    axis: str
    metric: Figure
    curves: tuple[Curve, ...] = Field(min_length=1)
    reference: str | None = None
    notes: tuple[str, ...] = ()


class Paper(Part):
    """Everything one paper reports that is regenerated or tested here.

    Attributes:
        method: Registry name of the paper's method.
        task: Registry name of the task its tables are on.
        seeds: Seeds measured; one suffices for a method without randomness.
        citation: What the paper is.
        sources: Where its figures come from.
        arms: Methods and options that tables and claims refer to.
        tables: Its tables.
        sweeps: Its sensitivity studies.
        claims: Its claims.
    """

    method: str
    task: str
    seeds: tuple[int, ...] = (0,)
    citation: Citation
    sources: tuple[Source, ...]
    arms: tuple[Arm, ...]
    tables: tuple[PaperTable, ...] = ()
    sweeps: tuple[Sweep, ...] = ()
    claims: tuple[Claim, ...] = ()

    def arm(self, name: str) -> Arm:
        """Return the arm called ``name``."""
        return next(arm for arm in self.arms if arm.name == name)

    def table_arms(self) -> list[Arm]:
        """Return every arm that tables and sweeps show, each once."""
        names = [name for table in self.tables for name in table.arms]
        names += [sweep.reference for sweep in self.sweeps if sweep.reference]
        points = [arm for sweep in self.sweeps for curve in sweep.curves for arm in curve.arms()]
        return [*(self.arm(name) for name in dict.fromkeys(names)), *points]

    def claim_arms(self) -> list[Arm]:
        """Return every arm that a testable claim compares, each once."""
        names = dict.fromkeys(name for claim in self.claims for name in arms_of(claim))
        return [self.arm(name) for name in names]

    @model_validator(mode="after")
    def _refers_to_what_is_there(self) -> Self:
        arms = _names("arm", [arm.name for arm in self.arms])
        sources = _names("source", [source.name for source in self.sources])
        _names("claim", [claim.name for claim in self.claims])
        for table in self.tables:
            where = f"table {table.name!r}"
            metrics = {figure.metric for figure in table.metrics}
            _known(where, "arm", [*table.arms, *(row.arm for row in table.reported)], arms)
            _known(where, "source", [row.source for row in table.reported], sources)
            for row in table.reported:
                _known(f"{where}, {row.setting}", "metric", row.values, metrics)
                _known(f"{where}, {row.setting}", "shown arm", [row.arm], set(table.arms))
        for claim in self.claims:
            _known(f"claim {claim.name!r}", "arm", arms_of(claim), arms)
            _known(f"claim {claim.name!r}", "source", [claim.source], sources)
        for sweep in self.sweeps:
            _known(f"sweep {sweep.name!r}", "arm", filter(None, [sweep.reference]), arms)
        return self


def _names(what: str, names: Sequence[str]) -> set[str]:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"{what} {twice[0]!r} is there twice")
    return set(names)


def _known(where: str, what: str, names: Any, known: set[str]) -> None:
    for name in names:
        if name not in known:
            raise ValueError(f"{where}: no {what} {name!r}; there are {', '.join(sorted(known))}")


def paper_names() -> list[str]:
    """Return the names of the papers that come with this package, sorted."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def load_paper(name: str) -> Paper:
    """Return the paper called ``name``, or the one in the TOML file at that path.

    Raises:
        UnknownName: No paper has that name.
        BadInput: The file is missing, no TOML, or not laid out as :class:`Paper`; the message names
            the file and the entry.
    """
    path = Path(name) if name.endswith(".toml") else FOLDER / f"{name}.toml"
    if not name.endswith(".toml") and name not in paper_names():
        hint = "A path to a .toml file works too."
        raise UnknownName("paper", name, paper_names(), hint=hint)
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{path}: not valid TOML: {error}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: cannot be read: {error}") from None
    try:
        return Paper.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        message = first["msg"].removeprefix("Value error, ")
        raise BadInput(f"{path}: {where + ': ' if where else ''}{message}") from None
