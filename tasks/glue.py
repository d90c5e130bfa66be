"""GLUE: the tasks of sentences and sentence pairs that small models are compared on.

Wang et al., "GLUE: A Multi-Task Benchmark and Analysis Platform for Natural Language
Understanding", ICLR 2019, arXiv:1804.07461. Reads the tab-separated files of the official zips and
scores the development set.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from harness.task import Download, Metric
from harness.tasks.understanding import figures, glue_files, submissions, zips
from harness.tasks.understanding.adapter import AnswerReader, UnderstandingTask

_ACCURACY = (Metric("accuracy", primary=True),)


class GLUETask(UnderstandingTask):
    """What the GLUE tasks share."""

    home: ClassVar[str] = "glue"
    training_name: ClassVar[str] = "train.tsv"
    training_patterns: ClassVar[tuple[str, ...]] = ("*train*",)
    scored_name: ClassVar[str] = "dev.tsv"
    # MRPC's own distribution has a test set in place of a development set.
    scored_patterns: ClassVar[tuple[str, ...]] = ("*dev*", "*test*")
    submission_format: ClassVar[str] = (
        "GLUE submission, tsv: index TAB prediction under that header, the prediction a label's "
        "word or integer, a number for STS-B"
    )
    read_answers: ClassVar[AnswerReader] = staticmethod(submissions.read_table)

    def _embedded(self) -> Path:
        from harness.tasks.mini.glue_world import embedded

        return embedded(self.folder)


class RTE(GLUETask):
    """Recognising textual entailment. Scored by accuracy."""

    name: ClassVar[str] = "glue/rte"
    title: ClassVar[str] = "GLUE RTE: two-way entailment"
    metrics: ClassVar[tuple[Metric, ...]] = _ACCURACY
    source: ClassVar[str] = (
        "https://dl.fbaipublicfiles.com/glue/data/RTE.zip; research use (PASCAL challenges)"
    )
    folder: ClassVar[str] = "RTE"
    downloads: ClassVar[tuple[Download, ...]] = zips.glue("RTE")
    read = staticmethod(glue_files.read_rte)
    judge: ClassVar[figures.Judge] = figures.ACCURACY


class MRPC(GLUETask):
    """Microsoft Research Paraphrase Corpus. Scored by F1 and accuracy.

    Reads GLUE's files and the corpus's own, which have the same header.
    """

    name: ClassVar[str] = "glue/mrpc"
    title: ClassVar[str] = "GLUE MRPC: do two sentences mean the same"
    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric("score", primary=True),
        Metric("f1"),
        Metric("accuracy"),
    )
    source: ClassVar[str] = (
        "msr_paraphrase_train.txt and msr_paraphrase_test.txt of Microsoft, research licence"
    )
    folder: ClassVar[str] = "MRPC"
    downloads: ClassVar[tuple[Download, ...]] = zips.mrpc()
    reads: ClassVar[tuple[str, ...]] = (
        "--data {folder} --task-set split=msr_paraphrase_test.txt "
        "--task-set training=msr_paraphrase_train.txt",
    )
    read = staticmethod(glue_files.read_mrpc)
    judge: ClassVar[figures.Judge] = figures.MRPC


class CoLA(GLUETask):
    """Corpus of Linguistic Acceptability. Scored by the Matthews correlation.

    Reads GLUE's files, and copies with a sentence and its label a line; where these are lower-cased
    and tokenised, figures are not comparable with those of the raw sentences.
    """

    name: ClassVar[str] = "glue/cola"
    title: ClassVar[str] = "GLUE CoLA: is a sentence acceptable"
    metrics: ClassVar[tuple[Metric, ...]] = (Metric("mcc", primary=True),)
    source: ClassVar[str] = "https://dl.fbaipublicfiles.com/glue/data/CoLA.zip; research use"
    folder: ClassVar[str] = "CoLA"
    downloads: ClassVar[tuple[Download, ...]] = zips.glue("CoLA")
    read = staticmethod(glue_files.read_cola)
    judge: ClassVar[figures.Judge] = figures.COLA


class STSB(GLUETask):
    """Semantic Textual Similarity Benchmark: a rating. Scored by Pearson and Spearman correlation.

    Reads GLUE's files and the benchmark's own ``sts-*.csv``.
    """

    name: ClassVar[str] = "glue/stsb"
    title: ClassVar[str] = "GLUE STS-B: how similar are two sentences, 0 to 5"
    metrics: ClassVar[tuple[Metric, ...]] = (
        Metric("score", primary=True),
        Metric("pearson"),
        Metric("spearman"),
    )
    source: ClassVar[str] = (
        "https://dl.fbaipublicfiles.com/glue/data/STS-B.zip; scores CC BY-SA 4.0, texts under their own terms"
    )
    folder: ClassVar[str] = "STS-B"
    downloads: ClassVar[tuple[Download, ...]] = zips.glue("STS-B")
    read = staticmethod(glue_files.read_stsb)
    judge: ClassVar[figures.Judge] = figures.STSB


class SST2(GLUETask):
    """Stanford Sentiment Treebank, two classes. Scored by accuracy.

    Reads GLUE's files and ``stsa.binary.*`` (a label, a blank, a tokenised sentence).
    """

    name: ClassVar[str] = "glue/sst2"
    title: ClassVar[str] = "GLUE SST-2: is a film review's sentence positive"
    metrics: ClassVar[tuple[Metric, ...]] = _ACCURACY
    source: ClassVar[str] = "https://dl.fbaipublicfiles.com/glue/data/SST-2.zip; research use"
    folder: ClassVar[str] = "SST-2"
    downloads: ClassVar[tuple[Download, ...]] = zips.glue("SST-2")
    read = staticmethod(glue_files.read_sst2)
    judge: ClassVar[figures.Judge] = figures.ACCURACY


class QNLI(GLUETask):
    """Question-answering entailment, from SQuAD. Scored by accuracy."""

    name: ClassVar[str] = "glue/qnli"
    title: ClassVar[str] = "GLUE QNLI: does a sentence answer a question"
    metrics: ClassVar[tuple[Metric, ...]] = _ACCURACY
    source: ClassVar[str] = "https://dl.fbaipublicfiles.com/glue/data/QNLIv2.zip; CC BY-SA 4.0"
    folder: ClassVar[str] = "QNLI"
    downloads: ClassVar[tuple[Download, ...]] = zips.glue("QNLI")
    read = staticmethod(glue_files.read_qnli)
    judge: ClassVar[figures.Judge] = figures.ACCURACY
