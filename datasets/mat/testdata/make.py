"""Writes the files of these tests: recordings of 12 training, 3 validation and 4 test images of 4 x 5 pixels and 6 neurons, 3 repeats.

expected.npz holds the arrays under the names of package npz; one.npz those of one neuron. Needs NumPy 2.2.6, SciPy 1.17.1, h5py 3.16.0.

    python make.py
"""
import struct
import sys

import h5py
import numpy as np
import scipy.io
import scipy.sparse

rng = np.random.default_rng(3)
data = {}
for part, n in [("train", 12), ("val", 3), ("test", 4)]:
    data[f"{part}_images"] = rng.integers(0, 255, (n, 4, 5), dtype="u1")
    data[f"{part}_responses"] = rng.poisson(1, (3, n, 6) if part == "test" else (n, 6)).astype("f4") / 4
data["test_responses"][2, 1] = np.nan
data["neuron_ids"] = np.array([f"unit {i}" for i in range(6)])
data["neuron_positions"] = rng.random((6, 3))
np.savez_compressed("expected.npz", **data)
one = {k: v[..., :1] if k.endswith("responses") else v for k, v in data.items() if not k.startswith("neuron")}
np.savez_compressed("one.npz", **one)


def cells(values):
    out = np.empty(len(values), object)
    for i, v in enumerate(values):
        out[i] = v
    return out


# Level 5 by SciPy: plain, compressed, fields of a struct in classes and types of all kinds, cells and sparse matrices, one neuron.
scipy.io.savemat("v5.mat", data)
scipy.io.savemat("v7.mat", data, do_compression=True)
scipy.io.savemat("one5.mat", {k: v[..., 0] if k == "test_responses" else v for k, v in one.items()})
rec = {"stimuli": {p: data[p + "_images"].astype(t) for p, t in [("train", "f8"), ("val", "i2"), ("test", "u4")]}}
rec["rates"] = {p: data[p + "_responses"].astype("f8") for p in ("train", "val", "test")}
rec["note"] = "for a test"
scipy.io.savemat("struct.mat", {"rec": rec, "neuron_ids": data["neuron_ids"], "neuron_positions": data["neuron_positions"], "x": 1.0}, do_compression=True)
other = dict(data)
other["train_images"] = cells(data["train_images"])
other["val_images"] = cells([data["val_images"][0], data["val_images"][1].astype("f8"), data["val_images"][2].astype("i2")])
other["train_responses"] = scipy.sparse.csc_matrix(data["train_responses"].astype("f8"))
other["val_responses"] = cells(data["val_responses"])
other["neuron_ids"] = cells(data["neuron_ids"].tolist())
scipy.io.savemat("cells5.mat", other, do_compression=True)
scipy.io.savemat(
    "kinds.mat",
    {
        "int8": np.int8([[-1, 2, 3]]), "uint8": np.uint8([[1]]), "int16": np.int16([[-300], [5]]), "uint16": np.uint16([[65535]]),
        "int32": np.int32([[-70000, 1]]), "uint32": np.uint32([[1 << 31]]), "int64": np.int64([[-(1 << 40)]]), "uint64": np.uint64([[1 << 63]]),
        "single": np.float32([[0.5]]), "double": np.array([[0.1, np.nan, np.inf]]), "logical": np.array([[True, False, True]]),
        "cube": np.arange(24, dtype="f8").reshape(2, 3, 4), "text": np.array(["Zelle", "Größe"]), "empty": np.zeros((0, 3)), "none": "",
        "sparse": scipy.sparse.csc_matrix([[0, 1.5, 0], [2, 0, 0]]), "zeros": scipy.sparse.csc_matrix((2, 3)),
        "flags": scipy.sparse.csc_matrix(np.array([[True, False], [False, True]])), "complex": np.array([[1 + 2j]]),
        "scalars": cells([1.0, 2.0, 3.0]), "rows": cells([np.float64([[1, 2]]), np.float64([[3, 4]])]),
        "unequal": cells([np.zeros((2, 2)), np.zeros((2, 3))]), "mixed": cells([np.zeros((2, 2)), "a"]), "nested": cells([cells([1.0])]),
        "structs": np.array([[(1.0,), (2.0,)]], [("a", "O")]), "one": {"a": 1.0, "b": {"c": np.uint8([[7, 8]])}}, "holes": cells([np.zeros((0, 0))]),
        "square": np.array([[cells([1.0]), cells([1.0])], [cells([1.0]), cells([1.0])]], object),
    },
)  # fmt: skip


# Level 5, big-endian, as MATLAB on SPARC wrote it and as SciPy reads it: whole numbers of class double in as few bytes as they need.
def element(kind, b):
    if 0 < len(b) <= 4:
        return struct.pack(">HH", len(b), kind) + b.ljust(4, b"\0")
    return struct.pack(">II", kind, len(b)) + b + b"\0" * (-len(b) % 8)


def matrix(name, a):
    a = np.atleast_2d(a)
    if a.dtype.kind == "U":
        width = max(map(len, a[0]))
        a = np.array([[ord(c) for c in s.ljust(width)] for s in a[0]], "u2")
        kind, stored = 4, 4
    else:
        kind = {"f4": 7, "f8": 6, "u1": 6}[a.dtype.str[1:]]
        stored = {"f4": 7, "f8": 9, "u1": 2}[a.dtype.str[1:]]
    body = element(6, struct.pack(">II", kind, 0)) + element(5, np.array(a.shape, ">i4").tobytes()) + element(1, name.encode())
    return element(14, body + element(stored, a.astype(a.dtype.newbyteorder(">")).tobytes("F")))


with open("big.mat", "wb") as f:
    f.write(b"MATLAB 5.0 MAT-file, Platform: SOL2, made for a test".ljust(124) + b"\x01\x00MI")
    for key, a in data.items():
        f.write(matrix(key, a))
again = scipy.io.loadmat("big.mat")
for key, a in data.items():
    if a.dtype.kind != "U" and not np.array_equal(again[key], a, equal_nan=True):
        sys.exit(f"big.mat: {key}")


# HDF5 as MATLAB's save -v7.3 lays it out: axes reversed, the class in an attribute, large variables in compressed chunks.
def save(f, name, a, kind):
    a = np.atleast_2d(a)
    d = f.create_dataset(name, data=a.T, chunks=a.T.shape, compression=3) if a.size > 50 else f.create_dataset(name, data=a.T)
    d.attrs["MATLAB_class"] = np.bytes_(kind)
    if kind == "char":
        d.attrs["MATLAB_int_decode"] = np.int32(2)
    return d


def save_any(f, name, a):
    if a.dtype.kind == "U":
        width = max(map(len, a))
        return save(f, name, np.array([[ord(c) for c in s.ljust(width)] for s in a], "u2"), "char")
    return save(f, name, a, {"f4": "single", "f8": "double", "u1": "uint8"}[a.dtype.str[1:]])


def save_cells(f, name, values):
    refs = [[save_any(f, f"#refs#/{name}{i}", np.array(v, ndmin=1)).ref for i, v in enumerate(values)]]
    f.create_dataset(name, data=np.array(refs, h5py.ref_dtype)).attrs["MATLAB_class"] = np.bytes_("cell")


def stamp(name):
    with open(name, "r+b") as f:
        f.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(124) + b"\x00\x02IM")


with h5py.File("v73.mat", "w", userblock_size=512, libver=("earliest", "v108")) as f:
    for key, a in data.items():
        save_any(f, "rec/" + key if key.startswith("val") else key, a)
    f["rec"].attrs["MATLAB_class"] = np.bytes_("struct")
    cell = f.create_dataset("names", data=np.array([[f["neuron_ids"].ref]], h5py.ref_dtype))
    cell.attrs["MATLAB_class"] = np.bytes_("cell")
    f.create_dataset("structs/a", data=np.array([[f["neuron_ids"].ref, f["neuron_ids"].ref]], h5py.ref_dtype))
    empty = f.create_dataset("nothing", data=np.array([0, 0], "u8"))
    empty.attrs["MATLAB_class"] = np.bytes_("double")
    empty.attrs["MATLAB_empty"] = np.uint8(1)
    save(f, "table", np.uint32([[1, 2]]), "table")
stamp("v73.mat")

with h5py.File("cells73.mat", "w", userblock_size=512, libver=("earliest", "v108")) as f:
    for key in ("train_images", "val_images", "val_responses", "neuron_ids"):
        save_cells(f, key, list(data[key]))
    for key in ("test_images", "test_responses", "neuron_positions"):
        save_any(f, key, data[key])
    sparse = scipy.sparse.csc_matrix(data["train_responses"].astype("f8"))
    group = f.create_group("train_responses")
    group["data"], group["ir"], group["jc"] = sparse.data, sparse.indices.astype("u8"), sparse.indptr.astype("u8")
    group.attrs["MATLAB_class"], group.attrs["MATLAB_sparse"] = np.bytes_("double"), np.uint64(sparse.shape[0])
    save_cells(f, "unequal", [np.zeros((2, 2)), np.zeros((2, 3))])
    save_cells(f, "matrices", [data["train_responses"][:6]] * 3)
stamp("cells73.mat")

with h5py.File("one73.mat", "w", userblock_size=512, libver=("earliest", "v108")) as f:
    for key, a in one.items():
        save_any(f, key, a[..., 0] if key == "test_responses" else a)
stamp("one73.mat")
