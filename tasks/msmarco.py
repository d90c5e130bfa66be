"""MS MARCO passage ranking and its relatives: TREC Deep Learning, NovelEval, BEIR.

A reranking task: for every judged query, the candidates of a first stage, to be put in order. Reads
official files from a folder (see :mod:`harness.tasks.ranking.sources`), or any ir_datasets id.

Figures, by trec_eval's rules (Buckley; equal to pytrec_eval in every query): nDCG@10 with linear
gain, average precision, reciprocal rank, recall at 100 and 1000. ``RR@10`` is MS MARCO's own: 1
over the rank of the first relevant passage among the best ten, ties by passage id ascending as
ir_measures' MS MARCO provider settles them. Every mean is over all queries of the judgements; one
without candidates counts 0. Binary figures take grades from ``relevance_level`` up as relevant.

``details`` holds the same figures of the ideal order of the candidates: what is lost before
reranking begins. It is computed here because it needs the judgements, which no method sees.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from harness.errors import BadInput, UnknownName
from harness.kinds.reranking import CandidateList, Ranking
from harness.task import Dataset, Download, Metric, Scores, Split, Task, TrainSplit
from harness.tasks.ranking import downloads as official

if TYPE_CHECKING:
    from harness.tasks.ranking.dataset import Loaded
    from harness.tasks.ranking.sources import Sources


MINI_SPLITS = ("test", "validation")


class MSMARCO(Task):
    """Passage ranking: order a first stage's candidates for every judged query."""

    name: ClassVar[str] = "msmarco"
    title: ClassVar[str] = "MS MARCO passage ranking, TREC DL, BEIR (reranking)"
    kind: ClassVar[str] = "reranking"
    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric("nDCG@10", primary=True),
        Metric("RR@10"),
        Metric("RR"),
        Metric("AP"),
        Metric("R@100"),
        Metric("R@1000"),
    )
    source: ClassVar[str] = (
        "MS MARCO passages (microsoft.github.io/msmarco): collectionandqueries.tar.gz and "
        "top1000.dev.tar.gz, for non-commercial research only. TREC DL judgements: trec.nist.gov/data/"
        "deep/2019qrels-pass.txt and 2020qrels-pass.txt. Put queries*.tsv, qrels*, collection.tsv and a "
        "first-stage run (or top1000*) in one folder and pass --data; or, with ir_datasets, "
        "--task-set dataset=msmarco-passage/trec-dl-2019/judged. The embedded mini collection is our "
        "own, under this project's licence."
    )

    submission_format: ClassVar[str] = (
        "TREC run (qid Q0 docid rank score tag; the scores count, as for trec_eval) or MS MARCO run "
        "(qid docid rank, ranks 1, 2, ...), plain or .gz; any documents; judged queries without a "
        "line count 0"
    )
    downloads: ClassVar[tuple[Download, ...]] = official.DOWNLOADS
    reads: ClassVar[tuple[str, ...]] = official.READS

    class Config(Task.Config):
        """Options of the passage ranking task."""

        data: Path | None = Field(
            None,
            description="Folder with queries, qrels, passages and candidates; "
            "default: the embedded mini collection",
        )
        dataset: str | None = Field(
            None, description="ir_datasets id, such as msmarco-passage/trec-dl-2019/judged"
        )
        run: Path | None = Field(
            None, description="First-stage run (TREC or MS MARCO form); default: the data's own"
        )
        train: Path | None = Field(
            None, description="Folder like data whose judgements methods may learn from"
        )
        split: str = Field(
            "test",
            description="Of the embedded mini collection test, or validation for choosing options; "
            "of data, the folder in it where it holds several data sets, as dl19",
        )
        depth: int | None = Field(
            None, ge=1, description="Candidates a query, the first stage's best; default: all"
        )
        relevance_level: int | None = Field(
            None,
            ge=1,
            description="Lowest relevant grade of the binary figures; "
            "default: 2 if grades run from 0 to 3 (TREC DL), else 1",
        )
        texts: bool = Field(True, description="Read passages; false: score runs without them")
        scorer: Literal["columnar", "pytrec_eval"] = Field(
            "columnar", description="Who computes the figures; both give the same"
        )

    def files(self) -> Sequence[Path]:
        """Return every file of the test and training data.

        Raises:
            BadInput: A file or folder is missing, or it is not clear which file is meant.
            Unavailable: ``dataset`` needs ir_datasets, which is not installed, or its data.
        """
        train = self._train_sources()
        return self._sources().files() + ([] if train is None else train.files())

    def load(self, split: Split = "test") -> Dataset:
        """Read candidates and judgements; one input per judged query.

        Raises:
            BadInput: A file is missing, broken or inconsistent, or ``split`` is not ``"test"``.
            Unavailable: ``dataset`` needs ir_datasets, which is not installed, or its data.
        """
        if split != "test":
            raise BadInput(
                f"msmarco has no {split} split: it scores the queries of one judgements file; "
                "name their folder with --data"
            )
        loaded = self._read(self._sources())
        return self._dataset(loaded.inputs, loaded.targets)

    def target_files(self) -> Sequence[Path]:
        """Return topics and judgements: candidates and passages are only for methods.

        Raises:
            BadInput: As for :meth:`files`.
            Unavailable: As for :meth:`files`.
        """
        from harness.tasks.ranking.sources import find_judged

        return find_judged(self._folder())

    def load_targets(self) -> Dataset:
        """Read topics and judgements alone: queries as inputs that bind to no first stage.

        Raises:
            BadInput: A file is missing, broken or inconsistent.
        """
        from harness.tasks.ranking.submissions import open_inputs, read_judgements

        queries, qrels = self.target_files()
        judgements = read_judgements(queries, qrels, self.config.relevance_level)
        return self._dataset(open_inputs(judgements), judgements)

    def read_predictions(self, path: Path, dataset: Dataset) -> Sequence[Ranking]:
        """Read a run; its documents need not be candidates of our first stage.

        Raises:
            BadInput: The file is missing, broken or no run of these topics.
        """
        from harness.tasks.ranking.submissions import read_submission

        return read_submission(path, dataset.targets)

    def train_split(self) -> TrainSplit:
        """Return training queries; a label is the ``(n,)`` int64 grades of the n candidates.

        Raises:
            BadInput: A file is missing, broken or inconsistent.
        """
        from harness.tasks.ranking.dataset import candidate_grades

        sources = self._train_sources()
        if sources is None:
            return TrainSplit()
        loaded = self._read(sources)
        return TrainSplit(loaded.inputs, candidate_grades(loaded.targets))

    def labels(self, dataset: Dataset) -> Sequence[Any]:
        """Return the ``(n,)`` int64 grades of every query's n candidates, 0 where unjudged."""
        from harness.tasks.ranking.dataset import candidate_grades

        return candidate_grades(dataset.targets)

    def score(self, predictions: Sequence[Ranking], dataset: Dataset) -> Scores:
        """Return the means over queries, the figures of every query, and those of the ideal order.

        Raises:
            BadInput: Predictions are not one per query in order.
            Unavailable: The scorer asked for is not installed.
        """
        import pyarrow as pa

        from harness.tasks.ranking.dataset import Targets, ideal_run
        from harness.tasks.ranking.figures import FIGURES, evaluate
        from harness.tasks.ranking.judge import evaluate_officially
        from harness.tasks.ranking.lists import from_rankings
        from harness.tasks.ranking.submissions import Judgements, SubmittedRun

        targets: Targets | Judgements = dataset.targets
        judge: Any = evaluate if self.config.scorer == "columnar" else evaluate_officially
        details = {}
        if isinstance(targets, Targets):
            run = from_rankings(predictions, targets.pool, targets.orders)
            ideal = judge(ideal_run(targets), targets.qrels, level=targets.level)
            details["ideal"] = dict(zip(FIGURES, ideal.mean(axis=0).tolist(), strict=True))
        else:
            assert isinstance(predictions, SubmittedRun), "read_predictions gives a whole run"
            run = predictions.lists
        figures = judge(run, targets.qrels, level=targets.level)
        columns = {name: figures[:, i] for i, name in enumerate(FIGURES)}
        return Scores(
            values={name: float(column.mean()) for name, column in columns.items()},
            examples=pa.table({"id": list(targets.qrels.queries), **columns}),
            details=details,
        )

    def _dataset(self, inputs: Sequence[CandidateList], targets: Any) -> Dataset:
        config = self.config
        mini = config.data is None and config.dataset is None
        origin = config.dataset or str(config.data and _part(config.data, config.split))
        return Dataset(
            inputs=inputs,
            ids=[item.query_id for item in inputs],
            targets=targets,
            origin=f"embedded mini MS MARCO, {config.split}" if mini else origin,
            mini=mini,
        )

    def _read(self, sources: Sources) -> Loaded:
        from harness.tasks.ranking.dataset import load

        return load(
            sources,
            depth=self.config.depth,
            level=self.config.relevance_level,
            texts=self.config.texts,
        )

    def _sources(self) -> Sources:
        from harness.tasks.ranking.sources import find_sources

        return find_sources(self._folder(), self.config.run, texts=self.config.texts)

    def _folder(self) -> Path:
        """Return the folder of the data, written first where ir_datasets gives them."""
        config = self.config
        if config.data is not None and config.dataset is not None:
            raise BadInput("msmarco: give data or dataset, not both")
        if config.dataset is not None:
            from harness.tasks.ranking.irds import export

            return export(config.dataset, config.run, texts=config.texts)
        if config.data is not None:
            return _part(config.data, config.split)
        if config.split not in MINI_SPLITS:
            raise UnknownName("split of msmarco", config.split, MINI_SPLITS)
        return _mini(config.split)

    def _train_sources(self) -> Sources | None:
        from harness.tasks.ranking.sources import find_sources

        config = self.config
        if config.train is not None:
            return find_sources(config.train, None, texts=config.texts)
        if config.data is None and config.dataset is None:
            return find_sources(_mini("train"), None, texts=config.texts)
        return None


def _part(data: Path, split: str) -> Path:
    """Return the data set's folder: ``data`` itself, or the one in it that is called ``split``.

    Raises:
        BadInput: There is no such folder, or it takes a name to tell which is meant.
    """
    if split != "test":
        if not (data / split).is_dir():
            raise BadInput(f"{data / split}: no such folder; --split names a data set in --data")
        return data / split
    if data.is_dir() and not any(path.is_file() for path in data.glob("*qrels*")):
        sets = sorted(path.parent.name for path in data.glob("*/qrels*.txt*"))
        if sets:
            raise BadInput(f"{data}: holds {', '.join(sets)}: name one with --split NAME")
    return data


def _mini(split: str) -> Path:
    from harness.tasks.mini.ranking_collection import folder

    return folder(split)
