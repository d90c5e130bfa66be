"""SuperGLUE: eight tasks of English language understanding, one adapter each.

Wang et al., "SuperGLUE: A Stickier Benchmark for General-Purpose Language Understanding Systems",
NeurIPS 2019, arXiv:1905.00537. Reads the jsonl files of the official zips; scores the development
set, whose labels are public, with the figures lm-evaluation-harness ships for the tasks.
The benchmark's one number is the suite's (:mod:`harness.tasks.suites`).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from harness.kinds.multiple_choice import ChoiceScores
from harness.task import Dataset, Download, Metric, Scores, Task
from harness.tasks.understanding import figures, submissions, superglue_files, zips
from harness.tasks.understanding.adapter import AnswerReader, UnderstandingTask, aligned

_ACCURACY = (Metric("accuracy", primary=True),)
_ZIPS = "https://dl.fbaipublicfiles.com/glue/superglue/data/v2/"


class SuperGLUETask(UnderstandingTask):
    """What the eight tasks share."""

    home: ClassVar[str] = "superglue"
    training_name: ClassVar[str] = "train.jsonl"
    scored_name: ClassVar[str] = "val.jsonl"
    scored_patterns: ClassVar[tuple[str, ...]] = ("val*.jsonl", "val*.jsonl.gz")
    submission_format: ClassVar[str] = (
        'SuperGLUE submission, jsonl: {"idx", "label"} a line, the label a word '
        "(true/false, entailment, ...) or its integer"
    )
    read_answers: ClassVar[AnswerReader] = staticmethod(submissions.read_labels)

    def _embedded(self) -> Path:
        from harness.tasks.mini.text_world import embedded

        return embedded(self.folder)


class BoolQ(SuperGLUETask):
    """Is the answer to a question about a passage yes? Scored by accuracy."""

    name: ClassVar[str] = "superglue/boolq"
    title: ClassVar[str] = "SuperGLUE BoolQ: yes/no questions about a passage"
    metrics: ClassVar[tuple[Metric, ...]] = _ACCURACY
    source: ClassVar[str] = f"{_ZIPS}BoolQ.zip; CC BY-SA 3.0"
    folder: ClassVar[str] = "BoolQ"
    downloads: ClassVar[tuple[Download, ...]] = zips.superglue("BoolQ")
    read = staticmethod(superglue_files.read_boolq)
    judge: ClassVar[figures.Judge] = figures.ACCURACY


class CB(SuperGLUETask):
    """CommitmentBank: entailment, contradiction or neutral. Scored by accuracy and macro F1."""

    name: ClassVar[str] = "superglue/cb"
    title: ClassVar[str] = "SuperGLUE CB: three-way entailment of embedded clauses"
    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric("score", primary=True),
        Metric("f1"),
        Metric("accuracy"),
    )
    source: ClassVar[str] = f"{_ZIPS}CB.zip; research use"
    folder: ClassVar[str] = "CB"
    downloads: ClassVar[tuple[Download, ...]] = zips.superglue("CB")
    read = staticmethod(superglue_files.read_cb)
    judge: ClassVar[figures.Judge] = figures.CB


class COPA(SuperGLUETask):
    """Choice of plausible alternatives. Scored by accuracy."""

    name: ClassVar[str] = "superglue/copa"
    title: ClassVar[str] = "SuperGLUE COPA: which sentence is the cause or the effect"
    metrics: ClassVar[tuple[Metric, ...]] = _ACCURACY
    source: ClassVar[str] = f"{_ZIPS}COPA.zip; BSD 2-clause"
    folder: ClassVar[str] = "COPA"
    downloads: ClassVar[tuple[Download, ...]] = zips.superglue("COPA")
    read = staticmethod(superglue_files.read_copa)
    judge: ClassVar[figures.Judge] = figures.ACCURACY


class MultiRC(SuperGLUETask):
    """Multi-sentence reading comprehension, any number of right answers to a question.

    F1a pools all answers; EM is the fraction of questions whose answers are all judged rightly. An
    example is one answer, the unit of resampling a passage.
    """

    name: ClassVar[str] = "superglue/multirc"
    title: ClassVar[str] = (
        "SuperGLUE MultiRC: which answers to a question about a passage are right"
    )
    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric("score", primary=True),
        Metric("f1"),
        Metric("em"),
    )
    source: ClassVar[str] = f"{_ZIPS}MultiRC.zip; research use"
    folder: ClassVar[str] = "MultiRC"
    submission_format: ClassVar[str] = (
        'SuperGLUE submission, jsonl: {"idx", "passage": {"questions": '
        '[{"idx", "answers": [{"idx", "label"}]}]}} a line, the label 0 or 1'
    )
    downloads: ClassVar[tuple[Download, ...]] = zips.superglue("MultiRC")
    read = staticmethod(superglue_files.read_multirc)
    read_answers: ClassVar[AnswerReader] = staticmethod(submissions.read_nested)
    judge: ClassVar[figures.Judge] = figures.MULTIRC


class ReCoRD(SuperGLUETask):
    """Reading comprehension with commonsense reasoning: which entity fills the query's blank?

    Token F1 and exact match, each the best over the accepted answers, averaged over queries.
    """

    name: ClassVar[str] = "superglue/record"
    title: ClassVar[str] = "SuperGLUE ReCoRD: fill the blank with an entity of the news story"
    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric("score", primary=True),
        Metric("f1"),
        Metric("em"),
    )
    source: ClassVar[str] = (
        f"{_ZIPS}ReCoRD.zip; Apache 2.0 (code); the news texts keep their own terms"
    )
    folder: ClassVar[str] = "ReCoRD"
    submission_format: ClassVar[str] = (
        'SuperGLUE submission, jsonl: {"idx": query, "label": text} a line'
    )
    downloads: ClassVar[tuple[Download, ...]] = zips.superglue("ReCoRD")
    read = staticmethod(superglue_files.read_record)
    read_answers: ClassVar[AnswerReader] = staticmethod(submissions.read_texts)
    # All three figures are means over queries.
    resampler = Task.resampler
    paired_resampler = Task.paired_resampler

    def score(self, predictions: Sequence[ChoiceScores], dataset: Dataset) -> Scores:
        """Return token F1, exact match and their mean, averaged over queries.

        Raises:
            BadInput: Predictions are not one per query, in order.
            Unavailable: lm-eval, whose functions score, is not installed.
        """
        import pyarrow as pa

        rows = aligned(predictions, dataset)
        answers = [submissions.answer_of(p, r) for p, r in zip(predictions, rows, strict=True)]
        columns = figures.record_figures(answers, [figures.accepted(row.gold) for row in rows])
        table = pa.table({"id": [row.id for row in rows], **columns, "answer": answers})
        return Scores({name: float(values.mean()) for name, values in columns.items()}, table)


class RTE(SuperGLUETask):
    """Recognising textual entailment. Scored by accuracy."""

    name: ClassVar[str] = "superglue/rte"
    title: ClassVar[str] = "SuperGLUE RTE: two-way entailment"
    metrics: ClassVar[tuple[Metric, ...]] = _ACCURACY
    source: ClassVar[str] = f"{_ZIPS}RTE.zip; research use (PASCAL challenges)"
    folder: ClassVar[str] = "RTE"
    downloads: ClassVar[tuple[Download, ...]] = zips.superglue("RTE")
    read = staticmethod(superglue_files.read_rte)
    judge: ClassVar[figures.Judge] = figures.ACCURACY


class WiC(SuperGLUETask):
    """Words in context. Scored by accuracy."""

    name: ClassVar[str] = "superglue/wic"
    title: ClassVar[str] = "SuperGLUE WiC: is a word used in the same sense in two sentences"
    metrics: ClassVar[tuple[Metric, ...]] = _ACCURACY
    source: ClassVar[str] = f"{_ZIPS}WiC.zip; CC BY-NC 4.0"
    folder: ClassVar[str] = "WiC"
    downloads: ClassVar[tuple[Download, ...]] = zips.superglue("WiC")
    read = staticmethod(superglue_files.read_wic)
    judge: ClassVar[figures.Judge] = figures.ACCURACY


class WSC(SuperGLUETask):
    """Winograd schemas, with the span indices as in the zip. Scored by accuracy."""

    name: ClassVar[str] = "superglue/wsc"
    title: ClassVar[str] = "SuperGLUE WSC: does a pronoun refer to a noun"
    metrics: ClassVar[tuple[Metric, ...]] = _ACCURACY
    source: ClassVar[str] = f"{_ZIPS}WSC.zip; CC BY 4.0"
    folder: ClassVar[str] = "WSC"
    downloads: ClassVar[tuple[Download, ...]] = zips.superglue("WSC")
    read = staticmethod(superglue_files.read_wsc)
    judge: ClassVar[figures.Judge] = figures.ACCURACY
