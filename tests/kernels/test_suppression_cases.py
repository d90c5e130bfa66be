from __future__ import annotations

import numpy as np
import pytest

from harness.kernel import Kernel
from harness.kernels._suppression import Rules, Suppressed, check
from harness.kernels.nms import NMS
from harness.kernels.soft_nms import SOFT_NMS


@pytest.mark.parametrize("kernel", [SOFT_NMS, NMS], ids=lambda kernel: kernel.name)
def test_cases_have_stable_unique_names_and_sizes(kernel: Kernel) -> None:
    names = [case.name for case in kernel.cases]
    assert len(set(names)) == len(names)
    for case in kernel.cases:
        if case.size["boxes"] > 300:
            continue
        one, again = (case.make(np.random.default_rng(0)) for _ in range(2))
        assert len(one.scores) == np.prod(list(case.size.values()))
        assert np.array_equal(one.boxes, again.boxes)
        assert (one.boxes[:, 2:] > one.boxes[:, :2]).all()
        assert np.array_equal(one.boxes * 2, np.round(one.boxes * 2))


def test_pairs_are_those_of_the_textbook_loop() -> None:
    # Three disjoint boxes: the first selection sees two others, the second one, the last none.
    boxes = 20.0 * np.arange(3)[:, None] + np.array([0.0, 0.0, 9.0, 9.0])
    problem = check(boxes, [0.3, 0.2, 0.1], None, Rules("gaussian", box_offset=0))
    cost = SOFT_NMS.cost(problem, SOFT_NMS.reference(problem))
    assert (cost.pairs, cost.flops, cost.bytes) == (3, 3 * 15, 3 * 20 + 3 * 12)


def test_peers_agree_on_every_small_case() -> None:
    for case in SOFT_NMS.cases:
        if case.size["boxes"] * case.size["classes"] * case.size["images"] > 1000:
            continue
        problem = case.make(np.random.default_rng(6))
        expected = SOFT_NMS.reference(problem)
        for name in ("numba", "numba-scalar", "ensemble-boxes"):
            implementation = next(i for i in SOFT_NMS.implementations if i.name == name)
            call = implementation.prepare(problem)
            first = implementation.result(call())
            SOFT_NMS.compare(expected, first)
            assert implementation.result(call()).scores.tolist() == first.scores.tolist()
        assert SOFT_NMS.cost(problem, expected).pairs >= len(expected.kept)


def test_compare_notices_a_wrong_result() -> None:
    problem = SOFT_NMS.cases[1].make(np.random.default_rng(7))
    right = SOFT_NMS.reference(problem)
    for wrong in (
        Suppressed(right.kept, right.scores * 0.999, right.offsets),
        Suppressed(right.kept[::-1], right.scores[::-1], right.offsets),
        Suppressed(right.kept[:-1], right.scores[:-1], right.offsets - [0, 1]),
        Suppressed(right.kept[:-1], right.scores[:-1], right.offsets),
        Suppressed(right.kept, right.scores, np.append(right.offsets, right.offsets[-1])),
    ):
        with pytest.raises(AssertionError):
            SOFT_NMS.compare(right, wrong)
