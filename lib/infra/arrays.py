"""Arrays in .npy files that are written, not mapped: on a full disk a map ends the process without a word."""

from typing import IO

import numpy as np
from numpy.typing import DTypeLike


def begin_array(out: IO[bytes], *, dtype: DTypeLike, shape: tuple[int, ...]) -> None:
    """Write what precedes the numbers, row by row, of an array of this type and shape."""
    descr = np.lib.format.dtype_to_descr(np.dtype(dtype))
    np.lib.format.write_array_header_1_0(out, {"descr": descr, "fortran_order": False, "shape": shape})
