"""The compiled part of Soft-NMS on the CPU; how it works is told in ``_suppression_numba.py``.

A *block* is a slice of :data:`STRIDE` single-precision numbers: :data:`LANES` left edges, then as
many top, right and bottom edges, areas and scores. Right and bottom edges include the box offset. A
score of :data:`DEAD` marks a box selected or dropped, and padding. The *headers*, ``(HEADS,
blocks)``, hold the rectangle around each block's boxes and the range of their areas; beside them
stand each block's best score, the first row that has it, and the number of boxes alive.

Loops over a block or over headers are free of branches, so that LLVM makes vector instructions of
them; a test looks for those. They compare numbers that are not negative by their bits: a running
maximum of integers is a vector instruction everywhere, one of floats only if NaNs are ruled out by
flags that would also let results depend on the vector width.

All of it is one file because Numba's cache on disk notices changes of the file that holds the
cached function, and of no other.
"""

# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numba import njit

LANES = 32
STRIDE = 6 * LANES
X1, Y1, X2, Y2, AREA, SCORE = range(0, STRIDE, LANES)
HEADS = 6
LEFT, TOP, RIGHT, BOTTOM, SMALLEST, LARGEST = range(HEADS)
BOXES_PER_CELL = 4
FINEST_GRID = 6
FEW_BLOCKS = 4
WORD = 8

NOBODY = np.int32(2**31 - 1)
NO = np.int32(0)
ZERO, HALF, ONE = np.float32(0), np.float32(0.5), np.float32(1)
FAR = np.float32(4)
"""Beyond every coordinate and area, which are scaled into [0, 1]."""
DEAD = np.float32(-1)
FAR_BITS, DEAD_BITS = FAR.view(np.int32), DEAD.view(np.int32)
TINY = np.float32(1e-37)
SLACK = np.float32(1e-4)
"""Room for rounding where the ratio of two areas bounds their overlap."""

LOG2_E = np.float32(1.44269504088896341)
LN2_HIGH, LN2_LOW = np.float32(0.693359375), np.float32(-2.12194440e-4)
LOWEST_EXPONENT = np.float32(-87)
EXP_5, EXP_4 = np.float32(1.9875691500e-4), np.float32(1.3981999507e-3)
EXP_3, EXP_2 = np.float32(8.3334519073e-3), np.float32(4.1665795894e-2)
EXP_1, EXP_0 = np.float32(1.6666665459e-1), np.float32(5.0000001201e-1)
EXPONENT_BIAS, MANTISSA_BITS = np.int32(127), np.int32(23)

# Called from compiled code alone; the ways in from Python and C would be a sixth of the compile time.
NO_ENTRY: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
inner = njit(nogil=True, error_model="numpy", **NO_ENTRY)


class Decay(NamedTuple):
    """The rules, as the compiled code takes them; all but ``gaussian`` and ``pad`` float32.

    Attributes:
        gaussian: Whether scores are multiplied by ``exp(rate * IoU**2)``; else by
            ``step * (1 - IoU)`` above ``limit``: linear is step 1, hard is step 0.
        pad: The box offset.
        limit: See ``gaussian``.
        step: See ``gaussian``.
        rate: See ``gaussian``.
        low: A score below it dies when its box is overlapped.
        floor: A score below it dies when any box is selected.
    """

    gaussian: bool
    pad: float
    limit: np.float32
    step: np.float32
    rate: np.float32
    low: np.float32
    floor: np.float32


@inner
def bits_of(x: Any) -> Any:
    """Return a float32's bits as int32; of numbers that are not negative, they keep the order."""
    return np.float32(x).view(np.int32)


@inner
def float_of(bits: Any) -> Any:
    """Undo :func:`bits_of`."""
    return np.int32(bits).view(np.float32)


@inner
def exp(x: Any) -> Any:
    """Return ``exp(x)`` for x <= 0 within 2e-7 of its size (Cephes' ``expf``); 0 below -87."""
    y = x if x > LOWEST_EXPONENT else LOWEST_EXPONENT
    k = np.floor(y * LOG2_E + HALF)
    r = y - k * LN2_HIGH - k * LN2_LOW
    p = ((((EXP_5 * r + EXP_4) * r + EXP_3) * r + EXP_2) * r + EXP_1) * r + EXP_0
    power = float_of(np.int32((np.int32(k) + EXPONENT_BIAS) << MANTISSA_BITS))
    return (p * r * r + r + ONE) * power if x >= LOWEST_EXPONENT else ZERO


@inner
def overlap(block: Any, i: int, box: Any) -> Any:
    """Return the area that lane ``i`` shares with a box ``x1, y1, x2, y2, area``, and their IoU."""
    x1, y1, x2, y2, area = box
    right = block[X2 + i] if block[X2 + i] < x2 else x2
    bottom = block[Y2 + i] if block[Y2 + i] < y2 else y2
    left = block[X1 + i] if block[X1 + i] > x1 else x1
    top = block[Y1 + i] if block[Y1 + i] > y1 else y1
    width, height = right - left, bottom - top
    shared = (width if width > ZERO else ZERO) * (height if height > ZERO else ZERO)
    union = block[AREA + i] + area - shared
    iou = shared / (union if union > TINY else TINY)
    return shared, (iou if iou < ONE else ONE)


@inner
def decay_stepwise(block: Any, box: Any, limit: Any, step: Any, low: Any) -> Any:
    """Decay a block's scores linearly or hard; return the bits of the best one left."""
    best = DEAD_BITS
    for i in range(LANES):
        shared, iou = overlap(block, i, box)
        old = block[SCORE + i]
        new = old * (step * (ONE - iou)) if iou > limit else old
        new = DEAD if ((shared > ZERO) & (new < low)) | (old < ZERO) else new
        block[SCORE + i] = new
        bits = bits_of(new)
        best = bits if bits > best else best
    return best


@inner
def decay_gaussian(block: Any, box: Any, rate: Any, low: Any) -> Any:
    """Decay a block's scores by the Gaussian, exactly 1 without overlap; return the best's bits."""
    best = DEAD_BITS
    for i in range(LANES):
        shared, iou = overlap(block, i, box)
        old = block[SCORE + i]
        new = old * exp(rate * iou * iou)
        new = DEAD if ((shared > ZERO) & (new < low)) | (old < ZERO) else new
        block[SCORE + i] = new
        bits = bits_of(new)
        best = bits if bits > best else best
    return best


@inner
def owner(block: Any, ids: Any, best: Any) -> Any:
    """Return the first row that has the block's ``best`` score, and how many boxes are alive."""
    first, alive = NOBODY, NO
    for i in range(LANES):
        bits = bits_of(block[SCORE + i])
        row = np.int32(ids[i] | (NO if bits == best else NOBODY))
        first = row if row < first else first
        alive = np.int32(alive + np.int32(bits >= NO))
    return first, alive


@inner
def describe(block: Any, heads: Any, b: int, low: Any) -> Any:
    """Write the header of block ``b``, where all is alive or padding; return its best score's bits.

    A box below ``low`` dies at the slightest touch, so a block with one of those claims every size
    of area: the bound of overlap by areas must not skip it.
    """
    left, top, right, bottom = FAR_BITS, FAR_BITS, DEAD_BITS, DEAD_BITS
    smallest, largest, lowest, best = FAR_BITS, DEAD_BITS, FAR_BITS, DEAD_BITS
    for i in range(LANES):
        x1, y1 = bits_of(block[X1 + i]), bits_of(block[Y1 + i])
        x2, y2 = bits_of(block[X2 + i]), bits_of(block[Y2 + i])
        area, score = bits_of(block[AREA + i]), bits_of(block[SCORE + i])
        small, weak = (FAR_BITS, FAR_BITS) if score < NO else (area, score)
        left = x1 if x1 < left else left
        top = y1 if y1 < top else top
        right = x2 if x2 > right else right
        bottom = y2 if y2 > bottom else bottom
        smallest = small if small < smallest else smallest
        largest = area if area > largest else largest
        lowest = weak if weak < lowest else lowest
        best = score if score > best else best
    heads[LEFT, b], heads[TOP, b] = float_of(left), float_of(top)
    heads[RIGHT, b], heads[BOTTOM, b] = float_of(right), float_of(bottom)
    fragile = float_of(lowest) < low
    heads[SMALLEST, b] = -FAR if fragile else float_of(smallest)
    heads[LARGEST, b] = FAR if fragile else float_of(largest)
    return best


@inner
def winner(best: Any, first: Any) -> Any:
    """Return the row with the highest of the blocks' best scores, the first of equals, or NOBODY."""
    top, row = DEAD_BITS, NOBODY
    for b in range(len(best)):
        top = best[b] if best[b] > top else top
    for b in range(len(best)):
        candidate = np.int32(first[b] | (NO if best[b] == top else NOBODY))
        row = candidate if candidate < row else row
    return row if top >= NO else NOBODY


@inner
def reach(heads: Any, best: Any, hits: Any, box: Any, smallest: Any, largest: Any) -> None:
    """Mark the blocks with a box that may touch this one and has an area in the given range."""
    x1, y1, x2, y2, _ = box
    left, top, right, bottom = heads[LEFT], heads[TOP], heads[RIGHT], heads[BOTTOM]
    low, high = heads[SMALLEST], heads[LARGEST]
    for b in range(len(hits)):
        meets = (left[b] <= x2) & (right[b] >= x1) & (top[b] <= y2) & (bottom[b] >= y1)
        alike = (high[b] >= smallest) & (low[b] <= largest) & (best[b] >= NO)
        hits[b] = meets & alike


@inner
def frame(boxes: Any, pad: float) -> Any:
    """Return the left and top edge and the power of two that bring a group into [0, 1]."""
    left, top, right, bottom = boxes[0, 0], boxes[0, 1], boxes[0, 2], boxes[0, 3]
    for i in range(len(boxes)):
        left, top = min(left, boxes[i, 0]), min(top, boxes[i, 1])
        right, bottom = max(right, boxes[i, 2]), max(bottom, boxes[i, 3])
    return left, top, math.ldexp(1.0, -math.frexp(max(right - left, bottom - top) + pad)[1])


@inner
def curve(boxes: Any, left: float, top: float, scale: float, bits: int, keys: Any) -> None:
    """Write the place of each box's centre on a Morton curve through 4**bits cells."""
    cells = 1 << bits
    half = 0.5 * scale * cells
    for i in range(len(boxes)):
        column = min(int((boxes[i, 0] - left + (boxes[i, 2] - left)) * half), cells - 1)
        line = min(int((boxes[i, 1] - top + (boxes[i, 3] - top)) * half), cells - 1)
        key = 0
        for bit in range(bits):
            key |= ((column >> bit & 1) | (line >> bit & 1) << 1) << 2 * bit
        keys[i] = key


@inner
def lay_out(boxes: Any, scores: Any, pad: float, floor: Any, keys: Any, data: Any, ids: Any) -> Any:
    """Copy boxes into blocks, in the order of the curve, and return how many are alive.

    A score below ``floor`` is left out unless it is the best: the first selection would drop it.
    """
    left, top, scale = frame(boxes, pad)
    bits = 0
    while bits < FINEST_GRID and BOXES_PER_CELL << 2 * (bits + 1) <= len(boxes):
        bits += 1
    curve(boxes, left, top, scale, bits, keys)
    best = scores.argmax()
    starts = np.zeros((1 << 2 * bits) + 1, np.int32)
    for i in range(len(boxes)):
        if scores[i] < floor and i != best:
            keys[i] = -1
        else:
            starts[keys[i] + 1] += 1
    for cell in range(1, len(starts)):
        starts[cell] += starts[cell - 1]
    for i in range(len(boxes)):
        if keys[i] >= 0:
            slot = starts[keys[i]]
            starts[keys[i]] += 1
            at = slot // LANES * STRIDE + slot % LANES
            x1 = np.float32((boxes[i, 0] - left) * scale)
            y1 = np.float32((boxes[i, 1] - top) * scale)
            x2 = np.float32((boxes[i, 2] - left + pad) * scale)
            y2 = np.float32((boxes[i, 3] - top + pad) * scale)
            data[at + X1], data[at + Y1], data[at + X2], data[at + Y2] = x1, y1, x2, y2
            data[at + AREA], data[at + SCORE] = (x2 - x1) * (y2 - y1), scores[i]
            ids[slot] = i
    return starts[-1]


@inner
def close_ranks(blocks: int, data: Any, ids: Any) -> None:
    """Move the boxes still alive to the front, in order."""
    free = 0
    for slot in range(blocks * LANES):
        source = slot // LANES * STRIDE + slot % LANES
        if data[source + SCORE] >= ZERO:
            target = free // LANES * STRIDE + free % LANES
            for field in range(0, STRIDE, LANES):
                data[target + field] = data[source + field]
            ids[free] = ids[slot]
            free += 1


@inner
def index(alive: int, data: Any, ids: Any, where: Any, heads: Any, state: Any, low: Any) -> int:
    """Pad the last block, write all headers, note each row's slot; return the number of blocks."""
    best, first, left = state
    blocks = (alive + LANES - 1) // LANES
    for slot in range(alive, blocks * LANES):
        at = slot // LANES * STRIDE + slot % LANES
        data[at + X1], data[at + Y1], data[at + X2], data[at + Y2] = FAR, FAR, DEAD, DEAD
        data[at + AREA], data[at + SCORE] = ZERO, DEAD
        ids[slot] = NOBODY
    for slot in range(alive):
        where[ids[slot]] = slot
    for b in range(blocks):
        block = data[b * STRIDE : (b + 1) * STRIDE]
        best[b] = describe(block, heads, b, low)
        first[b], left[b] = owner(block, ids[b * LANES : (b + 1) * LANES], best[b])
    return blocks


@njit(nogil=True, cache=True, error_model="numpy")
def suppress_groups(
    boxes: Any, scores: Any, offsets: Any, groups: Any, decay: Any, rows: Any, out: Any, counts: Any
) -> None:
    """Solve the listed groups, filling ``rows``, ``out`` and ``counts`` as ``assemble`` takes them.

    Args:
        boxes: ``(n, 4)`` float64.
        scores: ``(n,)`` float32, none negative.
        offsets: ``(g + 1,)`` int64.
        groups: ``(k,)`` int64, the groups to solve.
        decay: A :class:`Decay`.
        rows: ``(n,)`` int32, written.
        out: ``(n,)`` float32 scores, written.
        counts: ``(g,)`` int64, written.
    """
    most = 0
    for g in groups:
        most = max(most, offsets[g + 1] - offsets[g])
    capacity = (most + LANES - 1) // LANES
    data, ids = np.empty(capacity * STRIDE, np.float32), np.empty(capacity * LANES, np.int32)
    keys, where = np.empty(most, np.int32), np.empty(most, np.int32)
    heads = np.empty((HEADS, capacity), np.float32)
    best, first = np.empty(capacity, np.int32), np.empty(capacity, np.int32)
    left = np.empty(capacity, np.int32)
    state = (best, first, left)
    words = np.zeros((capacity + WORD - 1) // WORD, np.uint64)
    hits = words.view(np.uint8)
    limit, low = decay.limit, decay.low
    for g in groups:
        start, end = offsets[g], offsets[g + 1]
        count, blocks, alive, stale = 0, 0, 0, end > start
        if stale:
            group = boxes[start:end]
            alive = lay_out(group, scores[start:end], decay.pad, decay.floor, keys, data, ids)
        while alive:
            if stale:
                blocks = index(alive, data, ids, where, heads, state, low)
                words[:] = 0
            slot = where[winner(best[:blocks], first[:blocks])]
            home = slot // LANES
            at = home * STRIDE + slot % LANES
            rows[start + count], out[start + count] = ids[slot], data[at + SCORE]
            count += 1
            data[at + SCORE] = DEAD
            area = data[at + AREA]
            box = (data[at + X1], data[at + Y1], data[at + X2], data[at + Y2], area)
            smallest, largest = -FAR, FAR
            if not decay.gaussian:
                smallest = limit * area * (ONE - SLACK)
                largest = area / limit * (ONE + SLACK) if limit > ZERO else FAR
            reach(heads, best, hits[:blocks], box, smallest, largest)
            hits[home] = 1
            for word in range((blocks + WORD - 1) // WORD):
                if words[word] == 0:
                    continue
                for b in range(word * WORD, min(word * WORD + WORD, blocks)):
                    if hits[b]:
                        block = data[b * STRIDE : (b + 1) * STRIDE]
                        if decay.gaussian:
                            best[b] = decay_gaussian(block, box, decay.rate, low)
                        else:
                            best[b] = decay_stepwise(block, box, limit, decay.step, low)
                        alive -= left[b]
                        first[b], left[b] = owner(block, ids[b * LANES : (b + 1) * LANES], best[b])
                        alive += left[b]
            stale = blocks > FEW_BLOCKS and 2 * alive <= blocks * LANES
            if stale:
                close_ranks(blocks, data, ids)
        counts[g] = count
