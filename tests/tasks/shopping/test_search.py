"""The search engine against other implementations of its parts."""

from __future__ import annotations

import random

import numpy as np
import pytest

from harness.tasks.shopping.bm25 import BM25, analyse, rounded_length
from harness.tasks.shopping.porter import stem

DOCUMENTS = [
    "red shoes for running, red laces",
    "blue shoes",
    "a lamp for the table",
    "running lamps and runners",
    "",
]


def test_stems_of_the_paper() -> None:
    given = (
        "caresses ponies ties cats feed agreed plastered motoring sing conflated hopping falling"
    )
    stems = "caress poni ti cat feed agre plaster motor sing conflat hop fall"  # codespell:ignore
    assert [stem(word) for word in given.split()] == stems.split()
    given = "happy sky relational vietnamization electriciti goodness adjustment adoption controll"  # codespell:ignore
    stems = "happi sky relat vietnam electr good adjust adopt control"
    assert [stem(word) for word in given.split()] == stems.split()
    assert stem("is") == "is"


def test_stems_agree_with_nltk() -> None:
    porter = pytest.importorskip("nltk.stem.porter", reason="NLTK is not installed")
    theirs = porter.PorterStemmer(mode=porter.PorterStemmer.MARTIN_EXTENSIONS)
    rng = random.Random(0)
    stated = "ational iveness ing ed ies s y ful ement ion logi bli eed e ll ss ous izer"
    endings = stated.split()
    for _ in range(3000):
        word = "".join(rng.choices("abcdeilnorstuyz", k=rng.randint(1, 7))) + rng.choice(endings)
        assert stem(word) == theirs.stem(word), word


def test_analysis() -> None:
    assert analyse("The Men's 7.5 size, 1,000 pcs. T-shirts!") == [
        "men", "7.5", "size", "1,000", "pc", "t", "shirt",
    ]  # fmt: skip


def test_lengths_as_lucene_keeps_them() -> None:
    assert [rounded_length(n) for n in (0, 5, 39, 40, 41, 42, 100, 1000)] == [
        0, 5, 39, 40, 40, 42, 96, 984,
    ]  # fmt: skip
    kept = [rounded_length(n) for n in range(3000)]
    assert kept == sorted(kept)
    assert all(k <= n for n, k in enumerate(kept))


def test_scores_by_hand() -> None:
    index = BM25(["lamp lamp", "shoe"], k1=0.9, b=0.4)
    idf = np.log1p((2 - 1 + 0.5) / (1 + 0.5))
    norm = 0.9 * (0.6 + 0.4 * 2 / 1.5)
    assert index.scores("lamps") == pytest.approx([idf * 2 / (2 + norm), 0.0])
    assert index.scores("lamp lamp") == pytest.approx(2 * index.scores("lamp"))


def test_scores_agree_with_bm25s() -> None:
    bm25s = pytest.importorskip("bm25s", reason="bm25s is not installed (extra retrieval)")
    theirs = bm25s.BM25(method="lucene", k1=0.9, b=0.4)
    theirs.index([analyse(text) for text in DOCUMENTS], show_progress=False)
    ours = BM25(DOCUMENTS)
    for query in ("running shoes", "red lamp for a table", "runners"):
        assert ours.scores(query) == pytest.approx(theirs.get_scores(analyse(query)), abs=1e-6)


def test_best_first_ties_by_order_nothing_unrelated() -> None:
    index = BM25(["shoe", "lamp", "shoe", "shoe hat"])
    assert index.search("shoes", 50) == [0, 2, 3]
    assert index.search("shoes", 1) == [0]
    assert index.search("the", 50) == []
    assert index.search("piano", 50) == []
    assert BM25([]).search("shoe", 5) == []
