"""Compresses the numbers 0, 1, ... 60, 0, 1, ... of many types in many ways: each result after its description, all of it with gzip.

Needs numcodecs 0.16.6 and NumPy 2.2.6.

    python make.py
"""
import gzip
import itertools
import json
import struct

import numcodecs
import numpy as np

with gzip.GzipFile("compressed.bin.gz", "wb", 9, mtime=0) as f:

    def put(name, codec, values):
        packed = bytes(codec.encode(values))
        head = {"name": name, "codec": codec.codec_id, "n": len(values), "kind": values.dtype.str, "packed": len(packed)}
        text = json.dumps(head).encode()
        f.write(struct.pack("<I", len(text)) + text + packed)

    values = (np.arange(1009) % 61).astype("<f4")
    for codec in (numcodecs.GZip(), numcodecs.Zlib(), numcodecs.Zstd(), numcodecs.LZ4(), numcodecs.Shuffle(4)):
        put(codec.codec_id, codec, values)
    for cname, shuffle, kind in itertools.product(("lz4", "zlib", "zstd"), (0, 1, 2), ("|u1", "<i2", "<f4", "<f8", "|S3")):
        for n in (1, 100, 1009, 1024):
            if n == 1009 or shuffle == 2 or cname == "lz4":
                codec = numcodecs.Blosc(cname=cname, shuffle=shuffle, blocksize=512 if n == 1009 else 0)
                put(f"{cname}-{shuffle}-{kind}-{n}", codec, (np.arange(n) % 61).astype(kind))
    put("blosclz", numcodecs.Blosc(cname="blosclz", shuffle=1), np.zeros(1024, "<f4"))
