"""The counting of pairs, held against the published loops and the worked example of the rules."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from harness.errors import BadInput
from harness.task import Absent
from harness.tasks.preference import pairs
from harness.tasks.preference.pairs import Pairs, count_pairs, ranking_accuracy

Floats = NDArray[np.float64]
Answered = tuple[Floats, Floats]


def imagereward_loop(ranks: Floats, scores: Floats) -> tuple[int, int]:
    """Count as ``acc`` in ImageReward's test.py does: right and counted pairs."""
    total = right = 0
    for i in range(len(ranks)):
        for j in range(i + 1, len(ranks)):
            if ranks[i] > ranks[j]:
                total += 1
                right += bool(scores[i] < scores[j])
            elif ranks[i] < ranks[j]:
                total += 1
                right += bool(scores[i] > scores[j])
    return right, total


def hpsv2_loop(positions: list[int], ranks: Floats) -> float:
    """Score as ``inversion_score`` in HPSv2's train.py does."""
    n = len(positions)
    wrong = 0
    for i in range(n - 1):
        for j in range(i + 1, n):
            one_way = positions[i] > positions[j] and ranks[i] < ranks[j]
            other_way = positions[i] < positions[j] and ranks[i] > ranks[j]
            wrong += bool(one_way or other_way)
    return 1 - wrong / (n * (n - 1) / 2)


@st.composite
def answered(draw: st.DrawFn) -> Answered:
    """Ranks and scores of one prompt, full of ties."""
    n = draw(st.integers(2, 9))
    values = st.lists(st.integers(1, 5), min_size=n, max_size=n)
    return np.array(draw(values), float), np.array(draw(values), float) / 2


def table(*prompts: Answered) -> pa.Table:
    counts = [count_pairs(*prompt) for prompt in prompts]
    return pa.table({"id": [str(k) for k in range(len(prompts))], **pairs.columns(counts)})


CARD = (
    (np.array([1.0, 2, 2, 4]), np.array([0.9, 0.1, 0.5, 0.5])),
    (np.array([2.0, 1]), np.array([0.3, 0.3])),
)


def test_the_worked_example() -> None:
    assert count_pairs(*CARD[0]) == Pairs(right=3, counted=5, tied=1)
    assert count_pairs(*CARD[1]) == Pairs(right=0, counted=1, tied=1)
    counts = table(*CARD)
    assert pairs.value(pairs.pooled(counts), "") == 0.5
    assert pairs.value(pairs.per_prompt(counts), "") == 0.3


def test_the_worked_example_of_the_other_rule() -> None:
    assert ranking_accuracy(*CARD[0]) == pytest.approx(5 / 6)
    down = np.array([3.0, 2, 1])
    assert ranking_accuracy(down, down) == 0
    assert ranking_accuracy(np.ones(3), down) == 1


@given(answered())
def test_pairs_are_counted_as_published(prompt: Answered) -> None:
    counts = count_pairs(*prompt)
    assert (counts.right, counts.counted) == imagereward_loop(*prompt)


@given(answered())
def test_rankings_are_scored_as_published(prompt: Answered) -> None:
    ranks, scores = prompt
    order = sorted(range(len(scores)), key=lambda k: -scores[k])
    positions = [order.index(k) for k in range(len(scores))]
    assert ranking_accuracy(ranks, scores) == hpsv2_loop(positions, ranks)


@given(answered())
def test_negated_scores_turn_every_pair_but_the_tied(prompt: Answered) -> None:
    ranks, scores = prompt
    one, other = count_pairs(ranks, scores), count_pairs(ranks, -scores)
    assert one.right + other.right + one.tied == one.counted == other.counted
    assert one.tied == other.tied


@given(answered(), st.integers(0, 2**32 - 1))
def test_the_order_of_the_images_does_not_matter(prompt: Answered, seed: int) -> None:
    ranks, scores = prompt
    order = np.random.default_rng(seed).permutation(len(ranks))
    assert count_pairs(ranks[order], scores[order]) == count_pairs(ranks, scores)


@given(st.lists(answered(), min_size=1, max_size=6), st.integers(0, 2**32 - 1))
def test_weights_are_repetitions_of_prompts(prompts: list[Answered], seed: int) -> None:
    weights = np.random.default_rng(seed).integers(0, 4, (5, len(prompts)))
    for terms in (pairs.pooled, pairs.per_prompt):
        found = pairs.RatioResampler(*terms(table(*prompts)))(weights)
        for row, value in zip(weights, found, strict=True):
            repeated = [p for p, w in zip(prompts, row, strict=True) for _ in range(w)]
            plain = pairs.value(terms(table(*repeated)), "") if repeated else Absent("none")
            if isinstance(plain, Absent):
                assert np.isnan(value)
            else:
                assert value == pytest.approx(plain)


@given(st.lists(st.tuples(answered(), st.booleans()), min_size=1, max_size=6))
def test_a_paired_resampler_mixes_two_runs(drawn: list[tuple[Answered, bool]]) -> None:
    prompts = [prompt for prompt, _ in drawn]
    negated = [(ranks, -scores) for ranks, scores in prompts]
    first = np.array([[int(mine) for _, mine in drawn]])
    mixed = [a if mine else b for a, b, (_, mine) in zip(prompts, negated, drawn, strict=True)]
    for terms in (pairs.pooled, pairs.per_prompt):
        both = pairs.PairedRatioResampler(terms(table(*prompts)), terms(table(*negated)))
        found = float(both(first, 1 - first)[0])
        plain = pairs.value(terms(table(*mixed)), "")
        assert np.isnan(found) if isinstance(plain, Absent) else found == pytest.approx(plain)


def test_only_runs_on_the_same_ranks_are_compared() -> None:
    pairs.same_prompts(table(*CARD), table(*CARD))
    with pytest.raises(BadInput, match="different prompts"):
        pairs.same_prompts(table(*CARD), table(*CARD[:1]))
    other = (np.array([1.0, 2, 3, 4]), np.zeros(4))
    with pytest.raises(BadInput, match="different ranks"):
        pairs.same_prompts(table(*CARD), table(other, CARD[1]))
    with pytest.raises(BadInput, match="no column 'right'"):
        pairs.pooled(pa.table({"id": ["0"]}))


def test_totals_say_what_was_left_out() -> None:
    counts = [count_pairs(*prompt) for prompt in CARD]
    assert pairs.totals(counts, [ranks for ranks, _ in CARD]) == {
        "counted": 6,
        "tied in rank": 1,
        "tied in score": 2,
    }
