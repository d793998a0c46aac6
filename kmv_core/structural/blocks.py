"""Long arrays in blocks that fit the processor's cache, shared among its cores.

numpy and scipy release the interpreter while they compute, so plain threads do. Results do not depend on the
number of threads: every block is computed alone, in the same way.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from kmv_core.vocabulary.checks import Floats, common_shape

BLOCK = 32_768
SERIAL_BELOW = 65_536
"""Fewer elements than this are not worth a thread."""


def in_blocks(work: Callable[[slice], None], size: int, *, block: int = BLOCK) -> None:
    """Call `work` on slices that cover `size` elements; an exception of any block is raised."""
    slices = [slice(start, min(start + block, size)) for start in range(0, size, block)]
    threads = min(os.cpu_count() or 1, len(slices), 8)
    if size < SERIAL_BELOW or threads < 2:
        for each in slices:
            work(each)
        return
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(work, slices):
            pass


def elementwise(function: Callable[..., Floats], **arrays: Floats) -> Floats:
    """A function of broadcasting arrays, element by element; a single number stays one.

    Raises KmvError E217 where the shapes do not broadcast.
    """
    shape = common_shape(**arrays)
    size = int(np.prod(shape))
    if size < SERIAL_BELOW:
        return np.broadcast_to(function(**arrays), shape)[()] if shape == () else _whole(function(**arrays), shape)
    flat = {name: np.broadcast_to(each, shape).reshape(-1) if each.ndim else each for name, each in arrays.items()}
    out = np.empty(size)

    def work(part: slice) -> None:
        out[part] = function(**{name: each[part] if each.ndim else each for name, each in flat.items()})

    in_blocks(work, size)
    return out.reshape(shape)


def _whole(result: Floats, shape: tuple[int, ...]) -> Floats:
    return result if result.shape == shape else np.broadcast_to(result, shape).copy()
