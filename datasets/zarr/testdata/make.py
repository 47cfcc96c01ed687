"""Writes the files of these tests: recordings of 12 training, 3 validation and 4 test images of 4 x 5 pixels and 6 neurons, 3 repeats.

expected.npz holds the arrays under the names of package npz. Each other file is a zipped folder. Needs NumPy 2.2.6, zarr 3.1.6,
numcodecs 0.16.6, xarray 2026.9.0.

    python make.py
"""
import os
import shutil
import tempfile
import warnings
import zipfile

import numcodecs
import numpy as np
import xarray
import zarr
from zarr.codecs import BloscCodec, BytesCodec, Crc32cCodec, GzipCodec, ShardingCodec, TransposeCodec, ZstdCodec

warnings.simplefilter("ignore")
rng = np.random.default_rng(3)
data = {}
for part, n in [("train", 12), ("val", 3), ("test", 4)]:
    data[f"{part}_images"] = rng.integers(0, 255, (n, 4, 5), dtype="u1")
    data[f"{part}_responses"] = rng.poisson(1, (3, n, 6) if part == "test" else (n, 6)).astype("f4") / 4
data["test_responses"][2, 1] = np.nan
data["neuron_ids"] = np.array([f"unit {i}" for i in range(6)])
data["neuron_positions"] = rng.random((6, 3))
np.savez_compressed("expected.npz", **data)
work = tempfile.mkdtemp()


def zipped(name, top=""):
    """In alphabetical order and without times, so that the same content gives the same file."""
    with zipfile.ZipFile(name + ".zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as z:
        paths = [os.path.join(r, f) for r, _, files in os.walk(f"{work}/{name}") for f in files]
        for p in sorted(paths):
            info = zipfile.ZipInfo(top + os.path.relpath(p, f"{work}/{name}"))
            info.compress_type = zipfile.ZIP_DEFLATED
            with open(p, "rb") as f:
                z.writestr(info, f.read())


def group(name, version):
    return zarr.open_group(f"{work}/{name}", mode="w", zarr_format=version)


def blosc(cname, shuffle):
    return numcodecs.Blosc(cname=cname, shuffle=shuffle)


# Version 2: every compressor, both orders, both separators, edges, missing chunks, text of fixed and of any length.
g = group("v2", 2)
kinds = {
    "train_images": dict(chunks=(5, 3, 4), compressors=blosc("lz4", 1), order="F"),
    "val_images": dict(chunks=(2, 4, 5), compressors=blosc("zstd", 2), dtype=">i2"),
    "test_images": dict(chunks=(4, 4, 5), compressors=None, dtype="f8", chunk_key_encoding={"name": "v2", "separator": "/"}),
    "train_responses": dict(chunks=(5, 4), compressors=numcodecs.GZip(), order="F", dtype="<f2"),
    "val_responses": dict(chunks=(2, 6), compressors=numcodecs.LZ4(), filters=[numcodecs.Shuffle(4)]),
    "test_responses": dict(chunks=(1, 2, 6), compressors=blosc("zlib", 1), fill_value=np.nan, dtype=">f8"),
    "neuron_ids": dict(chunks=(4,), compressors=numcodecs.Zstd()),
    "neuron_positions": dict(chunks=(6, 3), compressors=numcodecs.Zlib()),
}
for key, options in kinds.items():
    a = data[key].astype(options.pop("dtype", data[key].dtype))
    g.create_array(key, shape=a.shape, dtype=a.dtype, config={"write_empty_chunks": False}, **options)[...] = a
g.create_array("words", data=np.array(["Zelle", "Größe"] * 3, dtype=np.dtypes.StringDType()), chunks=(4,))
g.create_array("text", data=np.array([b"ab", b"c"] * 3), chunks=(4,))
zipped("v2", "recording.zarr/")

# Version 3: every codec, shards of both kinds, arrays in a group inside the group.
g = group("v3", 3)
index = [BytesCodec(), Crc32cCodec()]
kinds = {
    "stimuli/train": dict(chunks=(2, 4, 5), shards=(6, 4, 5)),
    "stimuli/val": dict(chunks=(2, 3, 3), filters=[TransposeCodec(order=(2, 0, 1)), TransposeCodec(order=(1, 0, 2))], compressors=[ZstdCodec(checksum=True), Crc32cCodec()]),
    "stimuli/test": dict(chunks=(4, 2, 5), compressors=[BloscCodec(cname="lz4", shuffle="bitshuffle"), GzipCodec()], dtype=">u2"),
    "train_responses": dict(chunks=(5, 4), compressors=[BloscCodec(cname="zstd", shuffle="shuffle")], dtype="f2"),
    "val_responses": dict(chunks=(3, 6), compressors=None, chunk_key_encoding={"name": "default", "separator": "."}),
    "test_responses": dict(chunks=(1, 1, 6), compressors=[GzipCodec()], fill_value=np.nan, dtype="f8"),
    "neuron_ids": dict(chunks=(4,)),
    "neuron_positions": dict(chunks=(6, 3), chunk_key_encoding={"name": "v2", "separator": "."}),
}
for key, options in kinds.items():
    a = data[key.replace("stimuli/", "") + "_images" if "/" in key else key].astype(options.pop("dtype", data.get(key, np.zeros(1, "u1")).dtype))
    g.create_array(key, shape=a.shape, dtype=a.dtype, config={"write_empty_chunks": False}, **options)[...] = a
sharded = zarr.create(
    store=f"{work}/v3/sharded", shape=(12, 4, 5), chunks=(12, 4, 8), dtype="u1", zarr_format=3, fill_value=7,
    codecs=[ShardingCodec(chunk_shape=(5 - 1, 2, 4), codecs=[TransposeCodec(order=(2, 1, 0)), BytesCodec(), ZstdCodec()], index_codecs=index, index_location="start")],
)  # fmt: skip
sharded[:, :2] = data["train_images"][:, :2]
sharded[:, 2:, :4] = data["train_images"][:, 2:, :4]
g.create_array("text", data=np.array([b"ab", b"c"] * 3), chunks=(4,))
g.create_array("words", shape=(6,), dtype=str, chunks=(2,), fill_value="none")[:4] = np.array(["Zelle", "Größe", "", "x" * 5000], dtype=object)
zipped("v3")

# xarray's netCDF in both versions: responses packed in int16 with a value for what is missing.
packed = {"dtype": "i2", "scale_factor": 0.25, "add_offset": 1.0, "_FillValue": -99}
dims = {k: [f"{k}_{i}" for i in range(a.ndim)] for k, a in data.items()}
recording = xarray.Dataset({k: (dims[k], a) for k, a in data.items()}, attrs={"nan": np.nan, "text": 'a "quoted" NaN'})
encoding = {k: packed for k in data if k.endswith("responses")}
for version in (2, 3):
    recording.to_zarr(f"{work}/xarray{version}", zarr_format=version, encoding=encoding)
    zipped(f"xarray{version}")

# A zip file of zarr-python's own.
store = zarr.storage.ZipStore("own.zip", mode="w")
g = zarr.open_group(store, mode="w", zarr_format=2)
for key, a in data.items():
    g.create_array(key, data=a, chunks=a.shape)
store.close()

# What is refused.
g = group("refused", 3)
a = data["train_images"]
g.create_array("complex", data=np.array([1 + 2j]))
g.create_array("time", data=np.array(["2020-01-01"], "M8[ns]"))
g.create_array("struct", data=np.array([(1, 2.0)], [("a", "i4"), ("b", "f4")]))
g.create_array("bz2", data=a, compressors=[zarr.codecs.numcodecs.BZ2()])
g.create_array("delta", data=a, filters=[zarr.codecs.numcodecs.Delta(dtype="u1")])
g.create_array("blosclz", data=np.repeat(a, 100), compressors=[BloscCodec(cname="blosclz")])
zarr.create(store=f"{work}/refused/nested", shape=(4,), chunks=(4,), dtype="u1", zarr_format=3, codecs=[ShardingCodec(chunk_shape=(2,), codecs=[ShardingCodec(chunk_shape=(1,))])])[:] = 1
old = zarr.open_group(f"{work}/refused/old", mode="w", zarr_format=2)
old.create_array("bz2", data=a, compressors=numcodecs.BZ2())
old.create_array("delta", data=a, filters=[numcodecs.Delta(dtype="u1")])
old.create_array("time", data=np.array(["2020-01-01"], "M8[ns]"))
zipped("refused")
shutil.rmtree(work)
