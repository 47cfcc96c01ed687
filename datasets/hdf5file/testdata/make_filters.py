"""Writes filters.h5: the same array through filters that HDF5 itself lacks. Needs h5py 3.16, hdf5plugin 7.1 and NumPy 2.

    python make_filters.py
"""
import h5py
import hdf5plugin
import numpy as np

a = (np.arange(40 * 20).reshape(40, 20) % 97).astype("<f4")
a[16:24] = np.random.default_rng(1).random((8, 20))  # a block that cannot be compressed
with h5py.File("filters.h5", "w") as f:
    f["plain"] = a
    for cname in ("blosclz", "lz4", "lz4hc", "snappy", "zlib", "zstd"):
        for shuffle in (0, 1, 2):
            f.create_dataset(f"blosc/{cname}-{shuffle}", data=a, chunks=(8, 20), compression=hdf5plugin.Blosc(cname, 5, shuffle))
    # Far copies and long runs, in a chunk long enough for them.
    long = np.concatenate([np.random.default_rng(2).integers(0, 255, 9000), np.zeros(1000)]).astype("u1")
    f.create_dataset("long", data=np.tile(long, 2), chunks=(20000,), compression="gzip")
    f.create_dataset("blosc/long", data=f["long"][()], chunks=(20000,), compression=hdf5plugin.Blosc("blosclz", 9, 0))
    f.create_dataset("zstd", data=a, chunks=(8, 20), shuffle=True, compression=hdf5plugin.Zstd())
    f.create_dataset("lz4", data=a, chunks=(8, 20), compression=hdf5plugin.LZ4())
    f.create_dataset("lz4-blocks", data=a, chunks=(40, 20), shuffle=True, compression=hdf5plugin.LZ4(nbytes=1000))
    f.create_dataset("bzip2", data=a, chunks=(8, 20), fletcher32=True, compression=hdf5plugin.BZip2())
    f.create_dataset("refused/blosc2", data=a, chunks=(8, 20), compression=hdf5plugin.Blosc2())
    f.create_dataset("refused/bitshuffle", data=a, chunks=(8, 20), compression=hdf5plugin.Bitshuffle())
    f.create_dataset("refused/zfp", data=a, chunks=(8, 20), compression=hdf5plugin.Zfp())
