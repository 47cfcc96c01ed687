"""Writes asbrought/index.mat as MATLAB users keep trials: numpy and scipy only. Indices count from 1."""
import os

import numpy as np
from scipy.io import savemat

here = os.path.dirname(os.path.abspath(__file__)) + "/asbrought/"
right = np.load(here + "expected.npz")
parts = ("test", "train", "val")
images = np.concatenate([right[p + "_images"] for p in parts])
responses = np.concatenate([right["test_responses"][1], right["train_responses"], right["val_responses"]])
at, index = 1, {}
for p in parts:
    n = len(right[p + "_images"])
    index[p] = np.arange(at, at + n, dtype="f8").reshape(-1, 1)
    at += n
savemat(here + "index.mat", {"images": images.transpose(1, 2, 0), "responses": responses.T, **index}, do_compression=True)
