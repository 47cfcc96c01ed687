"""Makes small files of the layout that Cadena et al. published: python make.py (with NumPy)."""

import pickle

import numpy as np

rng = np.random.default_rng(1)
kinds = ["original", "conv1", "conv2", "conv3", "conv4"]
n, reps, neurons = 30, 4, 5
data = {
    "images": rng.integers(0, 256, (n, 7, 6)).astype(np.uint8),
    "responses": rng.poisson(2.0, (reps, n, neurons)).astype(np.float64),
    "repetitions": np.array([4, 4, 2, 4, 2], dtype=np.uint8),
    "image_ids": np.arange(1, n + 1).reshape(-1, 1),
    "image_numbers": np.repeat(np.arange(1, n // 5 + 1), 5).reshape(-1, 1),
    "subject_id": np.array([3, 3, 34, 34, 34]),
}
data["responses"][2:, :, data["repetitions"] == 2] = np.nan
data["responses"][:, 3:6, 1] = np.nan  # a session that was not shown three images
types = np.empty((n, 1), dtype=object)
for i in range(n):
    types[i, 0] = np.array([kinds[i % 5]])
data["image_types"] = types

for protocol in (2, 3, 4):
    with open(f"data_p{protocol}.pkl", "wb") as f:
        pickle.dump(data, f, protocol=protocol)

# As the authors' code hands it on: two repeats copied to four, zeros and a mask in place of NaN.
clean = dict(data)
responses = data["responses"].copy()
two = data["repetitions"] == 2
responses[2:, :, two] = responses[:2, :, two]
clean["is_realresponse"] = ~np.isnan(responses)
responses[np.isnan(responses)] = 0
clean["responses"] = responses
with open("clean.pkl", "wb") as f:
    pickle.dump(clean, f, protocol=4)

texts = dict(data, image_types=np.array([kinds[i % 5] for i in range(n)]))
np.savez("data.npz", **texts)
