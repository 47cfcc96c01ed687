"""Makes a small file of the Allen Brain Observatory's NWB 1 layout and what is to be read from it: python make.py (with NumPy and h5py)."""

import h5py
import numpy as np

rng = np.random.default_rng(5)
scenes, cells, repeats, length, first = 10, 4, 3, 7, 40
order = np.concatenate([rng.permutation(scenes) for _ in range(repeats)])
order = np.insert(order, [4, 11], -1)  # a grey screen
order = np.append(order, 2)  # one presentation more, which the traces no longer cover
start = first + length * np.arange(len(order))
frames = start[-1] + length  # its window would end after twice the length
traces = rng.normal(size=(cells, frames)).astype(np.float32)
speed = rng.normal(5, 2, frames - 3)  # the encoder started three frames late
times = 0.5 + np.arange(frames) / 30.0

pipeline = "processing/brain_observatory_pipeline/"
shown = "stimulus/presentation/natural_scenes_stimulus/"
with h5py.File("experiment.nwb", "w", libver="earliest") as f:
    f[pipeline + "DfOverF/imaging_plane_1/timestamps"] = times
    f.create_dataset(pipeline + "DfOverF/imaging_plane_1/data", data=traces, chunks=(2, 64), compression="gzip")
    f[pipeline + "ImageSegmentation/cell_specimen_ids"] = np.array([517472416, 517472450, 517471959, 517472300])
    f[pipeline + "BehavioralTimeSeries/running_speed/data"] = speed.reshape(-1, 1)
    f[pipeline + "BehavioralTimeSeries/running_speed/timestamps"] = times[3:]
    f[shown + "data"] = order
    f[shown + "frame_duration"] = np.stack([start, start + length], 1)
    f[shown + "timestamps"] = times[start]
    stack = rng.integers(0, 256, (scenes, 6, 5)).astype(np.float32)
    f.create_dataset("stimulus/templates/natural_scenes_image_stack/data", data=stack, chunks=(1, 6, 5), compression="gzip")
    f["general/session_id"] = np.bytes_("501498760")
    f["general/optophysiology/imaging_plane_1/imaging depth"] = np.bytes_("175 microns")

full = np.concatenate([np.full(3, np.nan), speed])
window, late, running = [], [], []
for s in start:
    whole = s + 2 * length <= frames
    window.append(traces[:, s : s + 2 * length].mean(1) if whole else np.full(cells, np.nan))
    late.append(traces[:, s + 2 : s + 5].mean(1) - traces[:, s - 10 : s].mean(1))
    running.append(full[s : s + 2 * length].mean() if whole else np.nan)
np.savez("expected.npz", order=order, window=np.array(window), late=np.array(late), running=np.array(running), scenes=stack)
