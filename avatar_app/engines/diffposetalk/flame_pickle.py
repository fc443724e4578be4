"""FLAME's pickle, which its owners hand out after registration, read without running what is in it."""

from __future__ import annotations

import io
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy.sparse import csc_matrix
from torch import Tensor

from avatar_app.request import InputError

VERTICES, JOINTS, COMPONENTS = 5023, 5, 400  # 300 of shape, 100 of expression
# Name in the pickle -> shape that FLAME 2020 has.
SHAPES: dict[str, tuple[int, ...]] = {
    "v_template": (VERTICES, 3),
    "shapedirs": (VERTICES, 3, COMPONENTS),
    "posedirs": (VERTICES, 3, 36),
    "J_regressor": (JOINTS, VERTICES),
    "weights": (VERTICES, JOINTS),
    "kintree_table": (2, JOINTS),
    "f": (9976, 3),
}
_ARRAYS = "numpy.core.multiarray", "numpy._core.multiarray"
_SPARSE = "scipy.sparse.csc", "scipy.sparse._csc"
# Everything that the reader will build. `Ch` is a wrapped array of the chumpy package, which need not be installed.
ALLOWED = {
    **{(module, "_reconstruct"): np.empty(0).__reduce__()[0] for module in _ARRAYS},
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
}


class _Record:
    """Stands in for a class: holds its attributes, does nothing."""

    def __init__(self, *args: Any) -> None:
        self.values: dict[str, Any] = {}

    def __setstate__(self, state: Any) -> None:
        self.values = state if isinstance(state, dict) else {}


def _encode(text: str, encoding: str = "latin1") -> bytes:
    """Bytes that an old protocol stored as text."""
    return text.encode("latin1")


def _rebuild(cls: type, base: type, state: Any) -> Any:
    """Objects of old classes, none but records."""
    return cls() if cls is _Record else _Record()


class _Reader(pickle.Unpickler):
    """Builds arrays and records, refuses everything else."""

    def find_class(self, module: str, name: str) -> Any:
        """The allowed class or function of that name."""
        if (module, name) in ALLOWED:
            return ALLOWED[module, name]
        if (module in _SPARSE and name == "csc_matrix") or (module.startswith("chumpy.") and name == "Ch"):
            return _Record
        if (module, name) == ("_codecs", "encode"):
            return _encode
        if (module, name) == ("copy_reg", "_reconstructor") or (module, name) == ("copyreg", "_reconstructor"):
            return _rebuild
        if (module, name) in {("__builtin__", "object"), ("builtins", "object")}:
            return object
        raise pickle.UnpicklingError(f"{module}.{name} is not allowed")


def read_flame(path: Path) -> dict[str, Tensor] | None:
    """Tensors by the names of SHAPES, float32 (integers int64); None for a pickle that is no FLAME model.

    Raises InputError for a file that holds anything but arrays, or of another version of FLAME.
    """
    try:
        content = _Reader(io.BytesIO(path.read_bytes()), encoding="latin1").load()
    except (pickle.UnpicklingError, EOFError, ValueError, TypeError, AttributeError, IndexError, KeyError) as error:
        raise InputError(
            f"{path.name} is not read ({error}): only generic_model.pkl of FLAME 2020 from flame.is.tue.mpg.de is."
        ) from error
    if not isinstance(content, dict) or "shapedirs" not in content:
        return None
    tensors = {}
    for name, expected in SHAPES.items():
        array = _array(content.get(name))
        if array is None or array.shape != expected:
            came = "absent" if array is None else str(array.shape)
            raise InputError(
                f"{path.name} is another FLAME: {name} should be {expected}, it is {came}; use FLAME 2020."
            )
        kind = np.int64 if name in ("kintree_table", "f") else np.float32
        tensors[name] = torch.from_numpy(np.ascontiguousarray(array.astype(kind)))
    return tensors


def _array(value: Any) -> np.ndarray | None:
    """A plain array of an array, a chumpy record or a sparse matrix's record."""
    if isinstance(value, np.ndarray):
        return value
    if not isinstance(value, _Record):
        return None
    held = value.values
    if "x" in held:  # chumpy keeps its array here
        return _array(held["x"])
    if {"data", "indices", "indptr"} <= set(held):
        shape = held.get("_shape", held.get("shape"))
        return np.asarray(csc_matrix((held["data"], held["indices"], held["indptr"]), shape=shape).toarray())
    return None
