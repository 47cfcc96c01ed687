"""Writes the HDF5 files of these tests, and expected.npz with what is in them. Needs h5py 3.16 (HDF5 2.0) and NumPy 2.

    python make.py
"""
import h5py
import numpy as np

ramp = np.arange(5 * 3 * 2).reshape(5, 3, 2)
expected = {}


def put(g, name, data, want=None, **options):
    g.create_dataset(name, data=data, **options)
    expected[name] = np.asarray(data if want is None else want)


def fill(f, libver):
    rng = np.random.default_rng(1)
    for t in ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"]:
        for order in "<>":
            put(f, f"types/{t}_{'big' if order == '>' else 'little'}", (ramp - (0 if t[0] == "u" else 50)).astype(order + t), chunks=(2, 2, 2) if t[1] == "2" else None)
    put(f, "types/large", np.array([2**63 - 1, -2**63, 2**53 + 1]))
    put(f, "types/large_unsigned", np.array([2**64 - 1, 2**53 + 1], "u8"))
    put(f, "types/half_special", np.array([0.0, -0.0, 6e-8, 1e-5, 65504, -np.inf, np.nan], "f2"))
    put(f, "types/bool", rng.random((4, 6)) > 0.5)
    put(f, "types/enum", np.array([2, 0, 2], "i2"), dtype=h5py.enum_dtype({"a": 0, "b": 2}, "i2"), want=np.array([2, 0, 2], "i2"))
    put(f, "types/scalar", np.float64(3.5))
    put(f, "types/scalar_big", np.array(-7, ">i4"))
    put(f, "types/empty", np.zeros((0, 3), "f4"))
    pairs = np.arange(12, dtype="i2").reshape(2, 6)
    sixes = h5py.h5t.array_create(h5py.h5t.STD_I16LE, (6,))
    h5py.h5d.create(f.id, b"types/pairs", sixes, h5py.h5s.create_simple((2,))).write(h5py.h5s.ALL, h5py.h5s.ALL, pairs, sixes)
    expected["types/pairs"] = pairs
    f.create_dataset("types/null", data=h5py.Empty("f4"))

    put(f, "text/variable", np.array(["simple", "Größe", ""], object), np.array(["simple", "Größe", ""]), dtype=h5py.string_dtype())
    put(f, "text/scalar", "one text", np.array("one text"))
    put(f, "text/fixed", np.array([b"abc", b"", b"de"]), np.array(["abc", "", "de"]))
    put(f, "text/utf8", np.array(["ä".encode(), b"bc"], h5py.string_dtype("utf-8", 3)), np.array(["ä", "bc"]))
    put(f, "text/chunked", np.array([f"cell {i}" for i in range(40)], object), np.array([f"cell {i}" for i in range(40)]),
        dtype=h5py.string_dtype(), chunks=(7,), compression="gzip")
    space = h5py.h5t.C_S1.copy()
    space.set_size(4)
    space.set_strpad(h5py.h5t.STR_SPACEPAD)
    d = h5py.h5d.create(f.id, b"blanks", space, h5py.h5s.create_simple((2,)))
    d.write(h5py.h5s.ALL, h5py.h5s.ALL, np.array([b"ab  ", b"c d "]), space)
    expected["blanks"] = np.array(["ab", "c d"])

    noise = rng.standard_normal((20, 15)).astype("f4")
    put(f, "chunks/plain", noise, chunks=(6, 4))
    put(f, "chunks/rows", noise, chunks=(7, 15))
    put(f, "chunks/gzip", noise, chunks=(6, 4), compression="gzip")
    put(f, "chunks/shuffle", noise.astype(">f8"), chunks=(6, 4), compression="gzip", shuffle=True)
    put(f, "chunks/checked", noise.astype("i2"), chunks=(6, 15), compression="gzip", shuffle=True, fletcher32=True)
    put(f, "chunks/fletcher", noise[:7, :3].astype("i1"), chunks=(7, 3), fletcher32=True)
    put(f, "chunks/lzf", np.repeat(noise, 3, 1), chunks=(9, 20), compression="lzf", shuffle=True)
    put(f, "chunks/one", noise, chunks=(20, 15))
    put(f, "chunks/one_gzip", noise, chunks=(20, 15), compression="gzip")
    put(f, "chunks/grows", noise, chunks=(3, 15), maxshape=(None, 15))
    put(f, "chunks/grows_inside", np.moveaxis(np.arange(2 * 50 * 9).reshape(2, 50, 9), 1, 1), chunks=(1, 2, 4), maxshape=(4, None, 9), compression="gzip")
    put(f, "chunks/grows_all", noise, chunks=(5, 6), maxshape=(None, None))
    put(f, "chunks/grows_all_gzip", noise, chunks=(2, 3), maxshape=(None, None), compression="gzip")
    put(f, "chunks/many", np.arange(2200, dtype="i2"), chunks=(1,) if libver else (10,), maxshape=(None,) if libver else None)
    put(f, "chunks/many_fixed", np.arange(1100, dtype="u1"), chunks=(1,) if libver else (10,))
    if libver:  # chunks that are allocated at once, without filters, are not indexed
        p = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        p.set_chunk((4, 4))
        p.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
        d = h5py.Dataset(h5py.h5d.create(f.id, b"implicit", h5py.h5t.NATIVE_FLOAT, h5py.h5s.create_simple((10, 6)), p))
        d[...] = noise[:10, :6]
        expected["implicit"] = noise[:10, :6]

    sparse = f.create_dataset("fill/chunks", (10, 10), "f4", chunks=(4, 4), fillvalue=np.nan)
    sparse[5, 5] = 2
    expected["fill/chunks"] = sparse[()]
    f.create_dataset("fill/never", (3, 2), ">i2", fillvalue=-3)
    expected["fill/never"] = np.full((3, 2), -3, "i2")
    f.create_dataset("fill/zeros", (3,), "f8")
    expected["fill/zeros"] = np.zeros(3)
    shrunk = f.create_dataset("fill/shrunk", data=np.arange(20), maxshape=(None,), chunks=(4,))
    shrunk.resize((6,))
    expected["fill/shrunk"] = np.arange(6)

    p = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    p.set_layout(h5py.h5d.COMPACT)
    h5py.Dataset(h5py.h5d.create(f.id, b"compact", h5py.h5t.IEEE_F64BE, h5py.h5s.create_simple((2, 2)), p))[...] = [[1, 2], [3, 4]]
    expected["compact"] = np.array([[1.0, 2], [3, 4]])

    many = f.create_group("many")
    for i in range(30):
        many.create_dataset(f"dataset with a longer name {i:03}", data=i)
        many.attrs[f"attribute {i:03}"] = i
    expected["many/dataset with a longer name 029"] = np.array(29)
    f["named type"] = np.dtype(">f4")
    f.create_dataset("typed", data=np.array([1.5, 2]), dtype=f["named type"])
    expected["typed"] = np.array([1.5, 2], "f4")
    for g in ["a", "a/b", "a/b/c"]:
        f.create_group(g)
    put(f, "a/b/c/deep", np.arange(3))
    f["a/b/up"] = f["a"]  # a circle
    f["soft"] = h5py.SoftLink("/a/b/c")
    f["a/soft_deep"] = h5py.SoftLink("b/c/deep")
    f["dangling"] = h5py.SoftLink("/nowhere")
    f["elsewhere"] = h5py.ExternalLink("other.h5", "/x")

    d = f["chunks/gzip"]
    d.attrs["unit"] = "spikes per second"
    d.attrs["fixed"] = np.bytes_(b"fixed")
    d.attrs["scale"] = np.array([1.5, 2.5], ">f4")
    f.attrs["version"] = 7


for name, libver in {"earliest": ("earliest", "v108"), "v108": ("v108", "v108"), "v110": ("v110", "v110"), "latest": "latest"}.items():
    with h5py.File(name + ".h5", "w", libver=libver) as f:
        fill(f, name in ("v110", "latest"))
np.savez_compressed("expected.npz", **expected)

with h5py.File("refused.h5", "w") as f:
    f["compound"] = np.array([(1, 2.0)], [("a", "i4"), ("b", "f8")])
    f["complex"] = np.array([1j])
    f["reference"] = np.array([f["compound"].ref], h5py.ref_dtype)
    f.create_dataset("sequences", (1,), h5py.vlen_dtype("i4"))
    f["opaque"] = np.array([b"x"], "V3")
    f.create_dataset("long double", data=np.array([1], np.longdouble))
    f.create_dataset("scaleoffset", data=np.arange(10), scaleoffset=4, chunks=(10,))
    f.create_dataset("external", (3,), "f4", external=[("values.raw", 0, 12)])
    layout = h5py.VirtualLayout((3,), "f4")
    layout[:] = h5py.VirtualSource("other.h5", "x", (3,))
    f.create_virtual_dataset("virtual", layout)
    f["link"] = h5py.ExternalLink("other.h5", "/x")
    f["round"] = h5py.SoftLink("/round")
    f.create_group("group")
    f.create_dataset("absent", (1 << 30, 1 << 20), "f4", chunks=(1 << 10, 1 << 10))

with h5py.File("user.h5", "w", userblock_size=1024, libver=("earliest", "v108")) as f:
    f["a"] = np.arange(6.0)

# Small files for fuzzing.
for libver in ["earliest", "v108", "latest"]:
    with h5py.File(f"small_{libver}.h5", "w", libver=("earliest", "v108") if libver == "earliest" else (libver, libver)) as f:
        f.create_dataset("a", data=np.arange(12, dtype=">f4").reshape(4, 3), chunks=(3, 2), maxshape=(None, 3), compression="gzip", shuffle=True)
        f["g/text"] = ["one", "two"]
        f["b"] = True
        f["a"].attrs["unit"] = "Hz"
