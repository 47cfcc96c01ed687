"""Writes pictures.zip with tifffile 2025, imagecodecs and Pillow: python make.py. The value at row y and column x is (13 y + 7 x) mod 256."""
import io, struct, zipfile, zlib
import numpy as np, tifffile
from PIL import Image

H, W = 20, 24
y, x = np.mgrid[:H, :W]
g = ((13 * y + 7 * x) % 256).astype(np.uint8)
rgb = np.stack([g, 255 - g, g // 2], 2)
out = {}


def tif(name, a, **k):
    b = io.BytesIO()
    tifffile.imwrite(b, a, metadata=None, **k)
    out[name] = b.getvalue()


def png(depth):
    v = g >> (8 - depth)
    bits = np.unpackbits(v[..., None], axis=2)[..., 8 - depth:].reshape(H, -1)
    rows = b"".join(b"\0" + np.packbits(r).tobytes() for r in bits)
    chunk = lambda kind, b: struct.pack(">I", len(b)) + kind + b + struct.pack(">I", zlib.crc32(kind + b))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", W, H, depth, 0, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def pil(name, a, mode=None, **k):
    b = io.BytesIO()
    im = Image.fromarray(a, mode) if isinstance(a, np.ndarray) else a
    im.save(b, **k)
    out[name] = b.getvalue()


g16 = g.astype(np.uint16) * 257
for e, order in ("little", "<"), ("big", ">"):
    tif(f"uint8-{e}", g, byteorder=order)
    tif(f"uint16-{e}", g16, byteorder=order)
    tif(f"float32-{e}", g.astype("f4"), byteorder=order)
    tif(f"float64-{e}", g.astype("f8"), byteorder=order)
    tif(f"float16-{e}", g.astype("f2"), byteorder=order)
    tif(f"uint16-differences-{e}", g16, byteorder=order, compression="zlib", predictor=2)
    tif(f"float32-predicted-{e}", g.astype("f4"), byteorder=order, compression="zlib", predictor=3)
    tif(f"float32-tiles-predicted-{e}", g.astype("f4"), byteorder=order, compression="lzw", predictor=3, tile=(16, 16))
    tif(f"uint16-tiles-differences-{e}", g16, byteorder=order, compression="zlib", predictor=2, tile=(16, 16))
for c in "lzw", "zlib", "packbits":
    tif(f"uint8-{c}", g, compression=c, rowsperstrip=7)
    tif(f"float32-{c}", g.astype("f4"), compression=c, rowsperstrip=7)
tif("uint8-strips", g, rowsperstrip=3)
tif("uint8-tiles", g, tile=(16, 16))
tif("uint8-lzw-differences", g, compression="lzw", predictor=2)
tif("float64-tiles", g.astype("f8"), tile=(16, 16))
tif("white-is-zero", 255 - g, photometric="miniswhite")
tif("alpha", np.stack([g, g * 0 + 255], 2), photometric="minisblack", extrasamples=["unassalpha"])
tif("colour-uint8", rgb, photometric="rgb")
tif("colour-uint8-tiles", rgb, photometric="rgb", tile=(16, 16), compression="lzw", predictor=2)
tif("colour-uint16", rgb.astype(np.uint16) * 257, photometric="rgb", compression="zlib", predictor=2)
tif("colour-float32", rgb.astype("f4"), photometric="rgb")
tif("colour-alpha", np.concatenate([rgb, rgb[..., :1] * 0 + 255], 2), photometric="rgb", extrasamples=["unassalpha"])
tif("palette-grey", g, photometric="palette", colormap=np.tile(np.arange(256, dtype=np.uint16) * 257, (3, 1)))
n = np.arange(256)
tif("colour-palette", g, photometric="palette", colormap=np.stack([n, 255 - n, n // 2]).astype(np.uint16) * 257)
pil("bits1", Image.fromarray(g > 127), format="TIFF")
pil("pillow-lzw", g, format="TIFF", compression="tiff_lzw")
pil("pillow-float", g.astype("f4"), format="TIFF", compression="tiff_adobe_deflate")
for d in 1, 2, 4, 8:
    out[f"bits{d}-png"] = png(d)
pil("png16", g16, format="PNG")
pil("png-alpha", Image.merge("LA", [Image.fromarray(g), Image.fromarray(g * 0 + 255)]), format="PNG")
pil("colour-png-alpha", np.concatenate([rgb, rgb[..., :1] * 0 + 255], 2), format="PNG")
pil("colour-png", rgb, format="PNG")

tif("refused: want pictures without transparency: alpha", np.stack([g, g], 2), photometric="minisblack", extrasamples=["unassalpha"])
pil("refused: want pictures without transparency: png-alpha", Image.merge("LA", [Image.fromarray(g), Image.fromarray(g)]), format="PNG")
tif("refused: a TIFF of 2 pages: pages", np.stack([g, 255 - g]), photometric="minisblack")
tif("refused: a TIFF of 3 pages: stack", np.stack([g, g, g]), photometric="minisblack", compression="zlib")
b = io.BytesIO()
tifffile.imwrite(b, np.stack([g] * 4), imagej=True)
out["refused: a TIFF of 4 pages: ImageJ"] = b.getvalue()
tif("refused: a TIFF of 16 bits of sample format 2: int16", g.astype("i2"))
tif("refused: a TIFF of 32 bits of sample format 1: uint32", g.astype("u4"))
tif("refused: a TIFF of 64 bits of sample format 6: complex", g.astype("c8"))
tif("refused: one plane for each colour: planar", np.moveaxis(rgb, 2, 0).copy(), photometric="rgb", planarconfig="separate")
tif("refused: another orientation: turned", g, extratags=[(274, "H", 1, 6, True)])
tif("refused: a BigTIFF: big", g, bigtiff=True)
tif("refused: a TIFF of compression 7: jpeg", g, compression="jpeg")
tif("refused: a TIFF of compression 50000: zstd", g, compression="zstd")
pil("refused: a GIF, want PNG, JPEG or TIFF: gif", g, format="GIF")
pil("refused: a BMP, want: bmp", g, format="BMP")
pil("refused: a WebP, want: webp", rgb, format="WEBP")
pil("refused: an animation of 2 pictures: apng", Image.fromarray(g), format="PNG", save_all=True, append_images=[Image.fromarray(255 - g)])
pil("refused: a TIFF of colour model 5: cmyk", Image.fromarray(rgb).convert("CMYK"), format="TIFF")

with zipfile.ZipFile("pictures.zip", "w", zipfile.ZIP_DEFLATED) as z:
    for name in sorted(out):
        z.writestr(zipfile.ZipInfo(name), out[name], zipfile.ZIP_DEFLATED)
