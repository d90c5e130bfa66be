from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import BadInput, UnknownName
from harness.kernels._suppression import Problem, Rules, Suppressed, check
from harness.kernels.nms import nms
from harness.kernels.soft_nms import SOFT_NMS, soft_nms

Valid = Callable[[Problem, Suppressed], None]

# The worked example of the method's card: A to F, offset 1, sigma .5, Nt .3, T .001.
BOXES = np.array(
    [
        [10, 10, 109, 109],
        [20, 10, 119, 109],
        [60, 10, 159, 109],
        [300, 300, 349, 349],
        [12, 12, 111, 111],
        [500, 500, 540, 540],
    ],
    float,
)
SCORES = np.array([0.9, 0.8, 0.7, 0.6, 0.0015, 0.0005])
A, B, C, D, E, F = range(6)
OFFICIAL = {
    "hard": ([A, D, F], [0.9, 0.6, 0.0005]),
    "linear": ([A, D, C, B, F], [0.9, 0.6, 0.466667, 0.083117, 0.0005]),
    "gaussian": ([A, D, C, B, F], [0.9, 0.6, 0.560516, 0.145245, 0.0005]),
}
MMCV = {
    "linear": ([A, D, C, B], [0.9, 0.6, 0.469799, 0.084483]),
    "gaussian": ([A, D, C, B], [0.9, 0.6, 0.563847, 0.147067]),
}

backends = pytest.mark.parametrize("backend", ["reference", "numba"])
decays = pytest.mark.parametrize("decay", ["hard", "linear", "gaussian"])
soft = pytest.mark.parametrize("decay", ["linear", "gaussian"])


def random_boxes(rng: np.random.Generator, n: int, extent: int = 100) -> np.ndarray:
    corners = rng.integers(0, extent, (n, 2, 2)).astype(float)
    return np.sort(corners, axis=1).reshape(n, 4)


def separate_boxes(n: int) -> np.ndarray:
    start = 20.0 * np.arange(n)[:, None]
    return start + np.array([0.0, 0.0, 9.0, 9.0])


@backends
@decays
def test_worked_example_by_the_official_rules(backend: str, decay: str) -> None:
    rows, scores = OFFICIAL[decay]
    got = soft_nms(BOXES, SCORES, decay=decay, backend=backend)
    assert got.kept.tolist() == rows
    np.testing.assert_allclose(got.scores, scores, rtol=2e-6)
    assert got.offsets.tolist() == [0, len(rows)]


@backends
@soft
def test_worked_example_by_mmcvs_rules(backend: str, decay: str) -> None:
    rows, scores = MMCV[decay]
    got = soft_nms(BOXES, SCORES, decay=decay, box_offset=0, prune="all", backend=backend)
    assert got.kept.tolist() == rows
    np.testing.assert_allclose(got.scores, scores, rtol=4e-6)


def test_worked_example_overlaps() -> None:
    from harness.kernels._suppression_reference import iou

    def pair(i: int, j: int) -> float:
        return float(iou(BOXES[i], BOXES[j : j + 1], 1)[0])

    got = [pair(A, B), pair(A, C), pair(A, E), pair(B, C), pair(B, E), pair(C, E)]
    want = [0.818182, 0.333333, 0.923817, 0.428571, 0.820830, 0.341922]
    np.testing.assert_allclose(got, want, atol=5e-7)


@backends
@pytest.mark.parametrize(
    "options",
    [{"decay": "gaussian", "sigma": 1e30}, {"decay": "linear", "iou_threshold": 1.0}],
)
def test_no_decay_sorts_by_score(backend: str, options: dict) -> None:
    rng = np.random.default_rng(0)
    boxes, scores = random_boxes(rng, 200), rng.uniform(0.01, 1, 200)
    got = soft_nms(boxes, scores, **options, backend=backend)
    assert got.kept.tolist() == np.argsort(-scores).tolist()
    np.testing.assert_allclose(got.scores, np.sort(scores)[::-1], rtol=1e-6)


@backends
def test_vanishing_sigma_is_hard_nms_at_zero_overlap(backend: str) -> None:
    rng = np.random.default_rng(1)
    boxes, scores = random_boxes(rng, 200), rng.uniform(0.01, 1, 200)
    got = soft_nms(boxes, scores, decay="gaussian", sigma=1e-12, backend=backend)
    want = nms(boxes, scores, iou_threshold=0.0, box_offset=1, backend="reference")
    assert got.kept.tolist() == want.kept.tolist()


@backends
@pytest.mark.parametrize("threshold", [0.0, 0.3, 0.5, 0.7, 1.0])
def test_hard_decay_is_greedy_nms(backend: str, threshold: float) -> None:
    rng = np.random.default_rng(2)
    boxes, scores = random_boxes(rng, 300), rng.uniform(0.01, 1, 300)
    got = soft_nms(boxes, scores, decay="hard", iou_threshold=threshold, backend=backend)
    want = nms(boxes, scores, iou_threshold=threshold, box_offset=1, backend=backend)
    assert got.kept.tolist() == want.kept.tolist()


@backends
@decays
def test_disjoint_boxes_keep_their_scores(backend: str, decay: str) -> None:
    scores = np.linspace(1, 0.0001, 70)
    got = soft_nms(separate_boxes(70), scores, decay=decay, backend=backend)
    assert got.kept.tolist() == list(range(70))
    np.testing.assert_allclose(got.scores, scores, rtol=1e-7)


@backends
def test_two_identical_boxes(backend: str) -> None:
    boxes, scores = np.tile([3.0, 4.0, 50.0, 60.0], (2, 1)), np.array([0.8, 0.9])
    assert soft_nms(boxes, scores, decay="linear", backend=backend).kept.tolist() == [1]
    got = soft_nms(boxes, scores, decay="gaussian", backend=backend)
    assert got.kept.tolist() == [1, 0]
    np.testing.assert_allclose(got.scores[1], 0.8 * math.exp(-2), rtol=1e-6)


@backends
@decays
def test_a_lone_low_box_survives(backend: str, decay: str) -> None:
    for prune in ("overlapping", "all"):
        got = soft_nms([[0, 0, 9, 9]], [1e-9], decay=decay, prune=prune, backend=backend)
        assert got.kept.tolist() == [0]


@backends
@decays
def test_threshold_is_strict(backend: str, decay: str) -> None:
    # IoU is exactly 0.5 with offset 0: hard and linear at Nt = 0.5 leave the second box alone.
    boxes = [[0, 0, 4, 4], [0, 0, 4, 2]]
    got = soft_nms(boxes, [0.9, 0.8], decay=decay, iou_threshold=0.5, box_offset=0, backend=backend)
    factor = math.exp(-0.5) if decay == "gaussian" else 1.0
    np.testing.assert_allclose(got.scores, [0.9, 0.8 * factor], rtol=1e-6)


@backends
@soft
def test_permuting_distinct_scores_changes_nothing(backend: str, decay: str) -> None:
    rng = np.random.default_rng(3)
    boxes, scores = random_boxes(rng, 150), rng.permutation(np.linspace(0.01, 1, 150))
    order = rng.permutation(150)
    got = soft_nms(boxes, scores, decay=decay, backend=backend)
    again = soft_nms(boxes[order], scores[order], decay=decay, backend=backend)
    assert order[again.kept].tolist() == got.kept.tolist()
    np.testing.assert_allclose(again.scores, got.scores, rtol=1e-6)


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """Boxes on a grid (touching, empty, equal), tied and tiny scores, one to many groups."""
    n = draw(st.integers(0, 90))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    boxes = random_boxes(rng, n, draw(st.sampled_from([3, 12, 60])))
    boxes = boxes * draw(st.sampled_from([1.0, 0.125, 4096.0])) + draw(
        st.sampled_from([0.0, -64.0, 2.0**30])
    )
    scores = draw(
        st.sampled_from(
            [rng.random(n), rng.integers(0, 9, n) / 8, 10.0 ** rng.uniform(-5, 0, n), np.zeros(n)]
        )
    )
    cuts = draw(st.lists(st.integers(0, n), max_size=5))
    rules = Rules(
        draw(st.sampled_from(["hard", "linear", "gaussian"])),
        draw(st.sampled_from([0.0, 0.3, 0.5, 0.7, 1.0])),
        draw(st.sampled_from([0.05, 0.5, 3.0])),
        draw(st.sampled_from([0.0, 0.001, 0.1])),
        draw(st.sampled_from([0, 1])),
        draw(st.sampled_from(["overlapping", "all"])),
    )
    return check(boxes, scores, [0, *sorted(cuts), n], rules)


def run(problem: Problem, backend: str, threads: int | None = 1) -> Suppressed:
    rules = problem.rules
    return soft_nms(
        problem.boxes,
        problem.scores,
        problem.offsets,
        decay=rules.decay,
        iou_threshold=rules.iou_threshold,
        sigma=rules.sigma,
        score_threshold=rules.score_threshold,
        box_offset=rules.box_offset,
        prune=rules.prune,
        backend=backend,
        threads=threads,
    )


@given(problem=problems())
def test_both_cpu_backends_keep_the_rules(assert_valid: Valid, problem: Problem) -> None:
    for backend in ("reference", "numba"):
        got = run(problem, backend)
        assert_valid(problem, got)
        assert len(got.kept) <= len(problem.scores)
        assert (got.scores <= problem.scores[got.kept] * (1 + 1e-6)).all()
        steps = np.diff(got.scores)
        steps[[e - 1 for e in got.offsets[1:-1] if 0 < e < len(got.kept)]] = 0
        assert (steps <= 0).all()


@given(problem=problems())
def test_a_batch_is_its_groups_one_by_one(problem: Problem) -> None:
    whole = run(problem, "numba")
    for g, (start, end) in enumerate(zip(problem.offsets, problem.offsets[1:], strict=False)):
        part = check(problem.boxes[start:end], problem.scores[start:end], None, problem.rules)
        alone = run(part, "numba")
        kept = slice(whole.offsets[g], whole.offsets[g + 1])
        assert (alone.kept + start).tolist() == whole.kept[kept].tolist()
        assert alone.scores.tolist() == whole.scores[kept].tolist()


@pytest.mark.parametrize("name", ["linear_n1000_c1_b1", "gaussian_n1000_c1_b1"])
def test_detector_like_boxes(assert_valid: Valid, name: str) -> None:
    case = next(c for c in SOFT_NMS.cases if c.name == name)
    problem = case.make(np.random.default_rng(4))
    got = run(problem, "numba")
    assert_valid(problem, got)
    SOFT_NMS.compare(run(problem, "reference"), got)


def test_threads_change_nothing() -> None:
    rng = np.random.default_rng(5)
    sizes = rng.integers(0, 900, 40)
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    n = int(offsets[-1])
    problem = check(random_boxes(rng, n, 300), rng.random(n), offsets, Rules("gaussian"))
    one, four = run(problem, "numba", 1), run(problem, "numba", 4)
    assert one.kept.tolist() == four.kept.tolist()
    assert one.scores.tolist() == four.scores.tolist()


@backends
def test_no_boxes_and_empty_groups(backend: str) -> None:
    got = soft_nms(np.zeros((0, 4)), [], decay="linear", backend=backend)
    assert (got.kept.tolist(), got.offsets.tolist()) == ([], [0, 0])
    got = soft_nms([], [], [0], decay="linear", backend=backend)
    assert (got.kept.tolist(), got.offsets.tolist()) == ([], [0])
    got = soft_nms(BOXES[:1], SCORES[:1], [0, 0, 1, 1], decay="linear", backend=backend)
    assert got.offsets.tolist() == [0, 0, 1, 1]


@backends
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
def test_any_layout_and_no_writing_to_inputs(backend: str, dtype: type) -> None:
    # The official wrapper converts to contiguous float32 and works in place, so that other inputs
    # silently yield undecayed scores.
    wide = np.zeros((6, 8), dtype)
    wide[:, ::2] = BOXES
    boxes = wide[:, ::2]
    scores = np.repeat(SCORES, 2)[::2]
    before = boxes.copy(), scores.copy()
    boxes.setflags(write=False)
    got = soft_nms(boxes, scores, decay="linear", backend=backend)
    assert got.kept.tolist() == OFFICIAL["linear"][0]
    np.testing.assert_allclose(got.scores, OFFICIAL["linear"][1], rtol=2e-6)
    assert np.array_equal(boxes, before[0])
    assert np.array_equal(scores, before[1])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"boxes": [[0, 0, 1, 1], [0, np.nan, 1, 1]]}, "box in row 1 is not finite"),
        ({"boxes": [[0, 0, np.inf, 1], [0, 0, 1, 1]]}, "box in row 0 is not finite"),
        ({"boxes": [[0, 0, 1, 1], [5, 0, 4, 1]]}, "box in row 1 has x2 < x1"),
        ({"boxes": [[0, 0, 1, 1]]}, r"boxes \(1, 4\) and scores \(2,\)"),
        ({"scores": [0.5, np.nan]}, "score in row 1 is not finite"),
        ({"scores": [-0.5, 0.1]}, "score in row 0 is -0.5"),
        ({"offsets": [0, 1]}, "offsets must rise from 0 to the number of boxes, 2"),
        ({"offsets": [0, 2, 1, 2]}, "offsets must rise"),
        ({"offsets": [0.0, 2.0]}, "integers"),
        ({"sigma": 0.0}, "sigma is 0.0"),
        ({"iou_threshold": np.nan}, "iou_threshold is nan"),
        ({"score_threshold": -1.0}, "score_threshold is -1.0"),
        ({"box_offset": 2}, "box_offset is 2"),
        ({"threads": 0}, "threads is 0"),
    ],
)
def test_bad_input_is_named(change: dict, message: str) -> None:
    arguments = {"boxes": [[0, 0, 1, 1], [0, 0, 1, 1]], "scores": [0.5, 0.4], "decay": "linear"}
    with pytest.raises(BadInput, match=message):
        soft_nms(**(arguments | change))


@pytest.mark.parametrize("option", ["decay", "prune", "backend"])
def test_unknown_choices_are_refused(option: str) -> None:
    with pytest.raises(UnknownName, match=option):
        soft_nms(BOXES, SCORES, **({"decay": "linear"} | {option: "gausian"}))
