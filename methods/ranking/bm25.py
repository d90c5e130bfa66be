"""BM25 (Robertson et al., TREC-3) over the candidates of all queries."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from harness.config import Config
from harness.kinds.reranking import CandidateList, Ranking
from harness.method import Method, Run
from harness.methods.ranking._inputs import check

_WORD = re.compile(r"[^\W_]+")


class BM25(Method):
    """Score each candidate by BM25 with Lucene's weights, exactly.

    ``sum over query words of idf * tf / (tf + k1 * (1 - b + b * length / mean length))`` with
    ``idf = ln(1 + (N - df + 0.5) / (df + 0.5))``, a repeated query word counting each time.
    N, df and the mean length are those of the different passages among all candidates: a reranker
    sees no other collection. Words are runs of letters and digits in lower case, neither stemmed nor
    stopped; k1 = 0.9 and b = 0.4 are Anserini's values for MS MARCO passages. The first stage's own
    BM25, with the whole collection's statistics and a stemmer, is what ``first_stage`` keeps.
    """

    name = "bm25"
    title = "BM25"
    kinds = ("reranking",)
    paper = (
        "Robertson, Walker, Jones, Hancock-Beaulieu, Gatford: Okapi at TREC-3, TREC 1994; "
        "parameters of Anserini (Yang, Fang, Lin, SIGIR 2017)"
    )

    class Config(Config):
        """Options of BM25."""

        k1: float = Field(0.9, ge=0, description="How slowly repeated words saturate; 0: at once")
        b: float = Field(0.4, ge=0, le=1, description="Share of the length correction")

    def predict(self, inputs: Sequence[CandidateList], run: Run) -> Iterable[Ranking]:
        """Yield each query's candidates with their BM25 scores.

        Raises:
            BadInput: A query comes without passage texts, or a first-stage score is not finite.
        """
        index = _Index(_passages(inputs), self.config.k1, self.config.b)
        for item in run.track(inputs):
            yield Ranking(item.query_id, item.doc_ids, index.scores(item))


def words(text: str) -> list[str]:
    """Return the words of ``text``: runs of letters and digits, in lower case."""
    return _WORD.findall(text.lower())


def _passages(inputs: Sequence[CandidateList]) -> Iterator[tuple[str, str]]:
    """Yield every candidate's id and text.

    Raises:
        BadInput: A query comes without passage texts, or a first-stage score is not finite.
    """
    for item in inputs:
        yield from zip(item.doc_ids, check(item, texts=True).texts or (), strict=True)


class _Index:
    """Saturated term frequencies of each passage, and the words' weights."""

    def __init__(self, passages: Iterable[tuple[str, str]], k1: float, b: float) -> None:
        self._counts: dict[str, Counter[str]] = {}
        for doc, text in passages:
            if doc not in self._counts:
                self._counts[doc] = Counter(words(text))
        held: Counter[str] = Counter()
        for counts in self._counts.values():
            held.update(counts.keys())
        total = len(self._counts)
        self._idf = {
            word: float(np.log1p((total - df + 0.5) / (df + 0.5))) for word, df in held.items()
        }
        lengths = {doc: counts.total() for doc, counts in self._counts.items()}
        mean = sum(lengths.values()) / max(1, total)
        self._penalty = {
            doc: k1 * (1 - b + b * length / mean if mean else 1) for doc, length in lengths.items()
        }

    def scores(self, item: CandidateList) -> NDArray[np.float64]:
        """Return ``(n,)`` scores of a query's candidates."""
        asked = words(item.query)
        scores = np.zeros(len(item))
        for number, doc in enumerate(item.doc_ids):
            counts, penalty = self._counts[doc], self._penalty[doc]
            for word in asked:
                if frequency := counts.get(word, 0):
                    scores[number] += self._idf[word] * frequency / (frequency + penalty)
        return scores
