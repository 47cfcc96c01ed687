"""Writes the files of these tests: recordings of 12 training, 3 validation and 4 test images of 4 x 5 pixels and 6 neurons, 3 repeats.

h5py.h5 has names and types of its own, expected.npz holds the same arrays under the names of package npz. Needs h5py 3.16 and NumPy 2.

    python make.py
"""
import h5py
import numpy as np

rng = np.random.default_rng(3)
data = {}
for part, n in [("train", 12), ("val", 3), ("test", 4)]:
    data[f"{part}_images"] = rng.integers(0, 255, (n, 4, 5), dtype="u1")
    data[f"{part}_responses"] = rng.gamma(2, 1, (3, n, 6) if part == "test" else (n, 6)).astype("f4")
data["test_responses"][2, 1] = np.nan
data["neuron_ids"] = np.array([f"unit {i}" for i in range(6)])
data["neuron_positions"] = rng.random((6, 3))
np.savez_compressed("expected.npz", **data)

with h5py.File("h5py.h5", "w") as f:
    chunked = {"compression": "gzip", "shuffle": True}
    f.create_dataset("stimuli/train", data=data["train_images"].astype(">f8"), chunks=(5, 2, 5), **chunked)
    f.create_dataset("stimuli/val", data=data["val_images"].astype(">i2"), chunks=(2, 4, 5), compression="lzf")
    f.create_dataset("stimuli/test", data=data["test_images"][..., None])
    f.create_dataset("rates/train", data=data["train_responses"].astype("f8"), chunks=(5, 4), maxshape=(None, 6), fletcher32=True)
    f.create_dataset("rates/val", data=data["val_responses"].astype(">f4"))
    f.create_dataset("rates/test", data=data["test_responses"], chunks=(1, 4, 6), **chunked)
    f["neuron_ids"] = data["neuron_ids"].tolist()
    f["neuron_positions"] = data["neuron_positions"]
    f["comment"] = "made for a test"
    f["other"] = np.array([(1, 2)], [("a", "i4"), ("b", "i4")])

with h5py.File("first.h5", "w") as f:  # colours before rows
    colour = rng.random((20, 3, 4, 5)).astype("f2")
    f["images"] = colour
    f["responses"] = rng.random((20, 2))

with h5py.File("links.h5", "w") as f:  # what h5py's ExternalLink and a link through one leave in a file
    f["train_images"] = h5py.ExternalLink("stimuli.h5", "/stimuli/train")
    f["session"] = h5py.ExternalLink("session.h5", "/")
    f["train_responses"] = h5py.SoftLink("/session/rates")
    f["test_images"] = data["test_images"]
    f["test_responses"] = data["test_responses"]
