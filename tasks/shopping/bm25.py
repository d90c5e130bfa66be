"""BM25 as Lucene computes it, with pyserini's parameters: the search engine of WebShop.

Analysis follows Lucene's for English (words, possessives and stop words dropped, Porter's stems),
and document lengths are rounded as in a Lucene index. The released environment needs Java for its
index, this one SciPy; the formula is checked against bm25s and the stems against NLTK, but rankings
were not compared with a Lucene index itself.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from harness.tasks.shopping.porter import stem

K1, B = 0.9, 0.4
"""Pyserini's defaults."""

_STOP_WORDS = (
    "a an and are as at be but by for if in into is it no not of on or such that the their then "
    "there these they this to was will with"
)
_STOPPED = frozenset(_STOP_WORDS.split())
_TOKEN = re.compile(
    # Words; full stops and apostrophes stay inside words, full stops and commas inside numbers.
    r"\w+(?:(?:(?<=[^\W\d_])['’.:](?=[^\W\d_])|(?<=\d)[.,'’](?=\d))\w+)*"
)
_POSSESSIVE = re.compile(r"['’]s$")


def analyse(text: str) -> list[str]:
    """Return the index terms of ``text``, in order, repetitions included."""
    tokens = (_POSSESSIVE.sub("", token) for token in _TOKEN.findall(text.lower()))
    return [stem(token) for token in tokens if token not in _STOPPED]


def rounded_length(terms: int) -> int:
    """Return a document's length as a Lucene index keeps it, in one byte.

    Lengths up to 39 are exact; longer ones keep four significant bits of what exceeds 24.
    """
    if terms < 24:
        return terms
    shift = max(0, (terms - 24).bit_length() - 4)
    return 24 + ((terms - 24) >> shift << shift)


class BM25:
    """An index of documents, searched by score and then by order.

    Attributes:
        size: Number of documents.
    """

    def __init__(self, documents: Sequence[str], *, k1: float = K1, b: float = B) -> None:
        """Index ``documents``.

        Args:
            documents: Their texts.
            k1: Saturation of repeated terms.
            b: Normalisation by length, 0 to 1.
        """
        from scipy.sparse import coo_array

        self.size = len(documents)
        self._terms: dict[str, int] = {}
        # Arrays of C integers: the full shop has about a hundred million entries.
        rows, columns, counts = array("i"), array("i"), array("i")
        lengths = np.zeros(self.size)
        for row, document in enumerate(documents):
            terms = analyse(document)
            lengths[row] = len(terms)
            for term, count in Counter(terms).items():
                rows.append(row)
                columns.append(self._terms.setdefault(term, len(self._terms)))
                counts.append(count)
        row_of, column_of = np.array(rows), np.array(columns)
        tf = np.array(counts, np.float64)
        found_in = np.bincount(column_of, minlength=len(self._terms))
        idf = np.log1p((self.size - found_in + 0.5) / (found_in + 0.5))
        mean = lengths.mean() if lengths.any() else 1.0
        kept = np.array([rounded_length(int(n)) for n in lengths])
        norm = k1 * (1 - b + b * kept / mean)
        weights = idf[column_of] * tf / (tf + norm[row_of])
        shape = (self.size, len(self._terms))
        self._weights = coo_array((weights, (row_of, column_of)), shape=shape).tocsc()

    def scores(self, query: str) -> NDArray[np.float64]:
        """Return ``(size,)`` float64 scores; a repeated word counts again."""
        total = np.zeros(self.size)
        begin, row_of, weight = self._weights.indptr, self._weights.indices, self._weights.data
        for term, count in Counter(analyse(query)).items():
            column = self._terms.get(term)
            if column is not None:
                here = slice(begin[column], begin[column + 1])
                total[row_of[here]] += count * weight[here]
        return total

    def search(self, query: str, k: int) -> list[int]:
        """Return the places of up to ``k`` documents that hold a word of the query, best first."""
        scores = self.scores(query)
        found = np.flatnonzero(scores > 0)
        if len(found) > k:
            # Everything at least as good as the k-th, so that ties at the cut go by order too.
            cut = np.partition(scores[found], len(found) - k)[len(found) - k]
            found = found[scores[found] >= cut]
        best: list[int] = found[np.argsort(-scores[found], kind="stable")][:k].tolist()
        return best
