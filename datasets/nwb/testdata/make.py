"""Writes nwb.zip: small NWB 2 files by pynwb, and for those that can be read what NumPy computes from the same values (NAME.npz): the images,
which of them each presentation showed (-1 is a blank), responses [presentations, neurons] and covariates [presentations, names].

    python -m venv env && env/bin/pip install -r requirements.txt && env/bin/python make.py
"""
import datetime
import os
import tempfile
import zipfile

import h5py
import numpy as np
from hdmf.common import DynamicTable, DynamicTableRegion, VectorData
from pynwb import NWBHDF5IO, NWBFile, TimeSeries
from pynwb.base import Images
from pynwb.behavior import BehavioralTimeSeries, EyeTracking, PupilTracking, SpatialSeries
from pynwb.epoch import TimeIntervals
from pynwb.image import GrayscaleImage, ImageSeries, IndexSeries, RGBAImage, RGBImage
from pynwb.base import ImageReferences
from pynwb.ophys import DfOverF, Fluorescence, ImageSegmentation, OpticalChannel, RoiResponseSeries

work = tempfile.mkdtemp()
when = datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc)
made = []


def new(name, **more):
    rng = np.random.default_rng(len(made))
    made.append(name)
    nwb = NWBFile(session_description="images", identifier=name, session_start_time=when, file_create_date=[when], session_id="session " + name, **more)
    return nwb, rng


def write(nwb, images=None, shown=None, responses=None, covariates=None):
    name = made[-1]
    with NWBHDF5IO(f"{work}/{name}.nwb", "w") as io:
        io.write(nwb, cache_spec=False)
    if images is not None:
        more = {} if covariates is None else {"covariates": covariates}
        np.savez_compressed(f"{work}/{name}.npz", images=images, shown=shown, responses=responses, **more)


def change(name, step):
    with h5py.File(f"{work}/{name}.nwb", "a") as f:
        step(f)


def indexed_by_series(name, series, template):
    """Files of older programs index the frames of an ImageSeries, which pynwb no longer writes."""

    def step(f):
        del f[f"stimulus/presentation/{series}/indexed_images"]
        f[f"stimulus/presentation/{series}/indexed_timeseries"] = h5py.SoftLink(f"/stimulus/templates/{template}")

    change(name, step)


def plane(nwb, name="plane"):
    device = nwb.devices["scope"] if "scope" in nwb.devices else nwb.create_device("scope")
    channel = OpticalChannel("c", "g", 520.0)
    return nwb.create_imaging_plane(name=name, optical_channel=channel, description="x", device=device, excitation_lambda=920.0, indicator="GCaMP6f", location="V1", imaging_rate=30.0)


def rois(nwb, segmentation, name, ids, **options):
    table = segmentation.create_plane_segmentation(name=name, description="x", imaging_plane=plane(nwb, name + "_plane"), **options)
    for i in ids:
        table.add_roi(id=int(i), pixel_mask=[(0, 0, 1.0)])
    return table


def windows(onsets, limit=3.0):
    """From each onset to the next; before a break and at the end the median."""
    gaps = np.diff(onsets)
    usual = np.sort(gaps)[len(gaps) // 2]
    return np.append(np.where(gaps > limit * usual, usual, gaps), usual)


def means(times, values, onsets, lengths, start=0.0):
    out = []
    step = np.sort(np.diff(times))[(len(times) - 1) // 2]
    for onset, length in zip(onsets, lengths):
        a, b = onset + start, onset + start + length
        inside = (times >= a - 1e-6) & (times < b - 1e-6)
        known = b <= times[-1] + 1.5 * step + 1e-6 and a >= times[0] - step - 1e-6 and inside.any()
        out.append(np.nanmean(values[inside], 0) if known else np.full(values.shape[1:], np.nan))
    return np.array(out)


def counts(spikes, onsets, lengths, start=0.0):
    return np.array([[((s >= o + start - 1e-6) & (s < o + start + n - 1e-6)).sum() for s in spikes] for o, n in zip(onsets, lengths)], "f4")


def pictures(rng, n=10, h=5, w=7, c=None, dtype="u1"):
    return rng.integers(0, 256, (n, h, w) + (() if c is None else (c,))).astype(dtype)


def images(name, stack, names=None, ordered=True, kind=GrayscaleImage):
    all_images = [kind(name=(names[i] if names else f"{i:03}"), data=p) for i, p in enumerate(stack)]
    order = ImageReferences(name="order_of_images", data=all_images) if ordered else None
    return Images(name=name, images=all_images, description="x", order_of_images=order)


def sequence(rng, n, repeats, blanks=0):
    shown = np.concatenate([rng.permutation(n) for _ in range(repeats)])
    return np.insert(shown, np.sort(rng.integers(1, len(shown), blanks)), -1)


def ophys(nwb, rng, onsets, cells=3, dtype="f4", ids=None):
    """A single plane of traces at 30 Hz."""
    times = onsets[0] - 1 + np.arange(int((onsets[-1] - onsets[0] + 3) * 30)) / 30.0
    values = rng.gamma(1, 0.3, (len(times), cells)).round(2).astype(dtype)
    segmentation = ImageSegmentation()
    module = nwb.create_processing_module("ophys", "x")
    module.add(segmentation)
    table = rois(nwb, segmentation, "cells", range(cells) if ids is None else ids)
    region = table.create_roi_table_region(region=list(range(cells)), description="all")
    module.add(DfOverF(roi_response_series=RoiResponseSeries(name="dff", data=values, rois=region, unit="n.a.", timestamps=times)))
    return times, values


def spikes(nwb, rng, end, n=4, **columns):
    all_spikes = [np.sort(rng.uniform(0, end, rng.integers(100, 200))) for _ in range(n)]
    for i, s in enumerate(all_spikes):
        nwb.add_unit(id=10 + 3 * i, spike_times=s, **{k: v[i] for k, v in columns.items()})
    return all_spikes


# As in Dandiset 000728: numbered images without order_of_images, blanks as the largest uint32, dF/F whose timestamps are those of another
# series, running and pupil; a break between blocks; values packed as integers.
nwb, rng = new("scenes")
stack = pictures(rng, 12)
template = images("natural_scenes_template", stack, [f"NaturalScene{i}" for i in range(12)], ordered=False)
nwb.add_stimulus_template(template)
shown = sequence(rng, 12, 3, 4)
onsets = 2.0 + 0.25 * np.arange(len(shown)) + 0.001 * rng.random(len(shown))
onsets[20:] += 30.0
nwb.add_stimulus(IndexSeries(name="natural_scenes_stimulus", data=shown.astype("u4"), indexed_images=template, unit="N/A", timestamps=onsets))
times = np.arange(int(onsets[-1] * 30) + 1) / 30.0 + 0.5  # ends before the last windows do
raw = rng.integers(-100, 1000, (len(times), 3)).astype("i2")
segmentation = ImageSegmentation()
module = nwb.create_processing_module("ophys", "x")
module.add(segmentation)
table = rois(nwb, segmentation, "PlaneSegmentation", [517472416, 517472450, 517471959, 517472300])
region = table.create_roi_table_region(region=[2, 0, 3], description="some")
corrected = RoiResponseSeries(name="Corrected", data=np.zeros((len(times), 3)), rois=region, unit="n.a.", timestamps=times)
neuropil = RoiResponseSeries(name="Neuropil", data=np.zeros((len(times), 3)), rois=region, unit="n.a.", timestamps=corrected)
module.add(Fluorescence(roi_response_series=[corrected, neuropil]))
module.add(DfOverF(roi_response_series=RoiResponseSeries(name="DfOverF", data=raw, rois=region, unit="n.a.", timestamps=corrected, conversion=0.002, offset=0.5)))
behavior = nwb.create_processing_module("behavior", "x")
speed = rng.normal(5, 2, 2 * len(times)).round(1).astype("f4")
speed[:30] = np.nan
behavior.add(BehavioralTimeSeries(time_series=TimeSeries(name="running_speed", data=speed, unit="cm/s", starting_time=0.5, rate=60.0)))
pupil = rng.normal(0, 2, (len(times), 2)).round(1).astype("f4")
behavior.add(EyeTracking(spatial_series=SpatialSeries(name="pupil_location", data=pupil, timestamps=times, reference_frame="x", unit="m", conversion=10.0)))
lengths = windows(onsets)
run = means(0.5 + np.arange(len(speed)) / 60.0, speed[:, None].astype("f8"), onsets, lengths)
covariates = np.hstack([run, means(times, 10.0 * pupil.astype("f8"), onsets, lengths)])
late = means(times, raw * 0.002 + 0.5, onsets, np.full(len(onsets), 0.4), 0.1)
write(nwb, stack, shown, means(times, raw * 0.002 + 0.5, onsets, lengths), covariates)
np.savez_compressed(f"{work}/scenes-late.npz", images=stack, shown=shown, responses=late)


# Trials with names of RGB images, and units of which one was observed for a part of the time only.
nwb, rng = new("units")
stack = pictures(rng, 10, c=3)
names = ["lake", "forest", "road", "house", "cat", "dog", "face", "sky", "rock", "boat"]
nwb.add_stimulus_template(images("photos", stack, names, kind=RGBImage))
shown = sequence(rng, 10, 4)
onsets = 1.0 + np.cumsum(rng.uniform(0.4, 0.6, len(shown)))
nwb.add_trial_column("image_name", "what was shown")
nwb.add_trial_column("correct", "whether the animal fixated")
for onset, k in zip(onsets, shown):
    nwb.add_trial(start_time=onset, stop_time=onset + 0.2, image_name=names[k] + ".png", correct=True)
end = onsets[-1] + 1
seen = [[[0.0, end]], [[0.0, 10.0], [12.0, end]], [[0.0, end]], [[0.0, end]]]
all_spikes = spikes(nwb, rng, end, obs_intervals=seen)
lengths = windows(onsets)
rates = counts(all_spikes, onsets, lengths)
for k, (o, n) in enumerate(zip(onsets, lengths)):
    if not any(a <= o and o + n <= b for a, b in seen[1]):
        rates[k, 1] = np.nan
write(nwb, stack, shown, rates)
fixed = counts(all_spikes, onsets, np.full(len(onsets), 0.15), 0.05)
for k, o in enumerate(onsets):
    if not any(a <= o + 0.05 and o + 0.2 <= b for a, b in seen[1]):
        fixed[k, 1] = np.nan
np.savez_compressed(f"{work}/units-window.npz", images=stack, shown=shown, responses=fixed)


# Two planes with clocks of their own, equal ids, one stored [cells, samples]; an ImageSeries that an IndexSeries indexes, both with rates.
nwb, rng = new("planes")
stack = pictures(rng, 11, dtype="u2")
template = ImageSeries(name="stack", data=stack, unit="n.a.", rate=1.0, format="raw", conversion=0.5)
nwb.add_stimulus_template(template)
shown = sequence(rng, 11, 2)
none = images("none", stack[:1])
nwb.add_stimulus_template(none)
nwb.add_stimulus(IndexSeries(name="shown", data=shown.astype("u4"), indexed_images=none, unit="N/A", starting_time=3.0, rate=2.0))
onsets = 3.0 + np.arange(len(shown)) / 2.0
segmentation = ImageSegmentation()
module = nwb.create_processing_module("ophys", "x")
module.add(segmentation)
parts = []
series = []
for p, shift in (("upper", 0.0), ("lower", 0.05)):
    table = rois(nwb, segmentation, p, range(3 if p == "upper" else 2))
    times = 2.0 + shift + np.arange(150) / 10.0
    values = rng.random((150, len(table)))
    parts.append(means(times, values.astype("f8"), onsets, windows(onsets)))
    region = table.create_roi_table_region(region=list(range(len(table))), description="all")
    series.append(RoiResponseSeries(name=p, data=values, rois=region, unit="n.a.", timestamps=times))
module.add(Fluorescence(roi_response_series=series))
write(nwb, stack * 0.5, shown, np.hstack(parts))
indexed_by_series("planes", "shown", "stack")


def turn(f):  # as files of older programs, which did not look
    values = f["processing/ophys/Fluorescence/lower/data"][()]
    del f["processing/ophys/Fluorescence/lower/data"]
    f["processing/ophys/Fluorescence/lower/data"] = values.T


change("planes", turn)


# Rows of a table of intervals point to rows of a table of stimuli, whose column has indices of images from 1.
nwb, rng = new("regions")
stack = pictures(rng, 9)
nwb.add_stimulus_template(images("set", stack))
shown = sequence(rng, 9, 3)
onsets = np.arange(len(shown)) * 0.5 + 0.25
stimuli = DynamicTable(name="stimuli", description="x", columns=[
    VectorData(name="contrast", description="x", data=[1.0] * 9), VectorData(name="picture", description="x", data=(np.arange(9)[::-1] + 1).tolist())])
nwb.create_processing_module("stimuli", "x").add(stimuli)
table = TimeIntervals(name="presentations", description="x")
table.add_column(name="stimulus", description="x", table=stimuli)
for onset, k in zip(onsets, shown):
    table.add_row(start_time=onset, stop_time=onset + 0.5, stimulus=int(8 - k))
nwb.add_time_intervals(table)
all_spikes = spikes(nwb, rng, onsets[-1] + 1)
write(nwb, stack, shown, counts(all_spikes, onsets, windows(onsets)))


# References to images, rows of the table out of order, images shown once but for three.
nwb, rng = new("references")
stack = pictures(rng, 15)
template = images("set", stack)
nwb.add_stimulus_template(template)
shown = rng.permutation(np.concatenate([np.arange(15), np.repeat([2, 5, 11], 4)]))
onsets = np.arange(len(shown)) * 0.5 + 0.25
table = TimeIntervals(name="presentations", description="x")
table.add_column(name="picture", description="x")
for k in rng.permutation(len(shown)):
    table.add_row(start_time=onsets[k], stop_time=onsets[k] + 0.5, picture=template.images[f"{shown[k]:03}"])
nwb.add_time_intervals(table)
times, values = ophys(nwb, rng, onsets)
write(nwb, stack, shown, means(times, values.astype("f8"), onsets, windows(onsets)))


# An ImageSeries each of whose frames was shown at its own time.
nwb, rng = new("frames")
stack = pictures(rng, 12)
stack[6:] = stack[:6]  # equal pictures are repeats of one only to the eye: they stay images of their own
onsets = np.cumsum(rng.uniform(0.3, 0.5, 12))
nwb.add_stimulus(ImageSeries(name="pictures", data=stack, unit="n.a.", timestamps=onsets, format="raw"))
times, values = ophys(nwb, rng, onsets)
write(nwb, stack, np.arange(12), means(times, values.astype("f8"), onsets, windows(onsets)))


# Visual Coding by Neuropixels: a column frame of float64 with -1 for blanks beside columns that only look like indices.
nwb, rng = new("neuropixels")
stack = pictures(rng, 10)
nwb.add_stimulus_template(ImageSeries(name="natural_scenes", data=stack, unit="n.a.", rate=1.0, format="raw"))
shown = sequence(rng, 10, 3, 3)
onsets = 0.25 * np.arange(len(shown)) + 0.1
table = TimeIntervals(name="natural_scenes_presentations", description="x")
for c in ("frame", "stimulus_index", "stimulus_block", "stimulus_name", "color"):
    table.add_column(name=c, description="x")
for onset, k in zip(onsets, shown):
    table.add_row(start_time=onset, stop_time=onset + 0.25, frame=float(k), stimulus_index=4.0, stimulus_block=float(k % 3), stimulus_name="natural_scenes", color="")
nwb.add_time_intervals(table)
gratings = TimeIntervals(name="static_gratings_presentations", description="x")
gratings.add_column(name="orientation", description="x")
for onset in onsets:
    gratings.add_row(start_time=100 + onset, stop_time=100.1 + onset, orientation=45.0)
nwb.add_time_intervals(gratings)
all_spikes = spikes(nwb, rng, onsets[-1] + 1)
write(nwb, stack, shown, counts(all_spikes, onsets, windows(onsets)))


# One entry for each frame of the screen.
nwb, rng = new("screen")
stack = pictures(rng, 8)
template = images("set", stack)
nwb.add_stimulus_template(template)
presented = sequence(rng, 8, 3)
presented = presented[np.insert(np.diff(presented) != 0, 0, True)]
frames = np.repeat(presented, 5)
nwb.add_stimulus(IndexSeries(name="screen", data=frames.astype("u4"), indexed_images=template, unit="N/A", timestamps=0.5 + np.arange(len(frames)) * 0.1))
onsets = 0.5 + np.arange(len(presented)) * 0.5
times, values = ophys(nwb, rng, onsets)
write(nwb, stack, presented, means(times, values.astype("f8"), onsets, windows(onsets)))


# A column that divides the presentations, columns of one dimension kept as two, and a trace of a single cell without a second dimension.
nwb, rng = new("divided")
stack = pictures(rng, 12)
nwb.add_stimulus_template(images("set", stack))
shown = rng.permutation(np.concatenate([np.arange(8), np.repeat([8, 9, 10, 11], 3)]))
onsets = np.arange(len(shown)) * 0.5 + 0.25
for c in ("image_id", "split"):
    nwb.add_trial_column(c, "x")
for onset, k in zip(onsets, shown):
    nwb.add_trial(start_time=onset, stop_time=onset + 0.5, image_id=int(k), split="train" if k < 6 else "validation" if k < 8 else "test")
times, values = ophys(nwb, rng, onsets, cells=1)
write(nwb, stack, shown, means(times, values.astype("f8"), onsets, windows(onsets)))


def flat(f):
    values = f["processing/ophys/DfOverF/dff/data"][()]
    del f["processing/ophys/DfOverF/dff/data"]
    f["processing/ophys/DfOverF/dff/data"] = values[:, 0]
    for name in ("intervals/trials/image_id", "intervals/trials/start_time"):
        attributes, values = dict(f[name].attrs), f[name][()]
        del f[name]
        f[name] = values[:, None]
        f[name].attrs.update(attributes)


change("divided", flat)


# What is refused, each named by what is odd about it; and what only an option makes clear.
def simple(name, stack=None, spiking=False, **options):
    nwb, rng = new(name)
    stack = pictures(rng, 8) if stack is None else stack
    template = images("set", stack, **options)
    nwb.add_stimulus_template(template)
    shown = sequence(rng, len(stack), 3)
    onsets = 0.5 + np.arange(len(shown)) * 0.5
    nwb.add_stimulus(IndexSeries(name="shown", data=shown.astype("u4"), indexed_images=template, unit="N/A", timestamps=onsets))
    if spiking:
        spikes(nwb, rng, 30)
    times, values = ophys(nwb, rng, onsets)
    return nwb, rng, stack, shown, onsets, means(times, values.astype("f8"), onsets, windows(onsets))


nwb, rng, stack, *_ = simple("external")
movie = ImageSeries(name="movie", external_file=["movie.avi"], format="external", unit="n.a.", timestamps=np.arange(4.0), starting_frame=[0])
nwb.add_stimulus_template(movie)
nwb.add_stimulus(IndexSeries(name="movie_shown", data=np.arange(4, dtype="u4"), indexed_images=nwb.stimulus_template["set"], unit="N/A", timestamps=np.arange(4.0)))
write(nwb)
indexed_by_series("external", "movie_shown", "movie")

nwb, rng, *_ = simple("both", spiking=True)
write(nwb)

nwb, _, stack, shown, _, responses = simple("unordered", names=["h", "g", "f", "e", "d", "c", "b", "a"], ordered=False)
write(nwb, stack[::-1], shown, responses)  # alphabetical order is the opposite one

nwb, rng, stack, shown, onsets, responses = simple("twice")
table = TimeIntervals(name="other", description="x")
table.add_column(name="image", description="x")
for onset in onsets:
    table.add_row(start_time=onset + 50, stop_time=onset + 50.5, image=f"{rng.integers(8):03}")
nwb.add_time_intervals(table)
write(nwb)

nwb, rng, stack, shown, onsets, responses = simple("same")  # a table that says the same as the IndexSeries
nwb.add_trial_column("image", "x")
for onset, k in zip(onsets, shown):
    nwb.add_trial(start_time=onset, stop_time=onset + 0.5, image=f"{k:03}")
write(nwb, stack, shown, responses)

nwb, rng = new("vague")  # a table whose columns do not agree, one counting from 1
stack = pictures(rng, 8)
nwb.add_stimulus_template(images("set", stack))
shown = sequence(rng, 8, 3)
onsets = 0.5 + np.arange(len(shown)) * 0.5
for c in ("image_before", "image_after", "photo_number"):
    nwb.add_trial_column(c, "x")
for i, onset in enumerate(onsets):
    nwb.add_trial(start_time=onset, stop_time=onset + 0.5, image_before=int(shown[i - 1]), image_after=int(shown[i]), photo_number=int(shown[i]) + 1)
times, values = ophys(nwb, rng, onsets)
write(nwb, stack, shown, means(times, values.astype("f8"), onsets, windows(onsets)))

nwb, rng = new("gratings")  # no images at all
for i in range(10):
    nwb.add_trial(start_time=float(i), stop_time=i + 0.5)
nwb.add_stimulus_template(images("set", pictures(rng, 8)))
ophys(nwb, rng, np.arange(10.0))
write(nwb)

nwb, *_ = simple("clocks")
write(nwb)
change("clocks", lambda f: f["stimulus/presentation/shown/timestamps"].write_direct(f["stimulus/presentation/shown/timestamps"][()] + 1e6))

nwb, *_ = simple("sizes", stack=[np.zeros((5, 7), "u1"), np.zeros((5, 7), "u1"), np.zeros((7, 5), "u1")])
write(nwb)

nwb, rng, stack, shown, _, responses = simple("opaque", stack=[np.dstack([p, np.full((5, 7), 255, "u1")]) for p in pictures(np.random.default_rng(5), 8, c=3)], kind=RGBAImage)
write(nwb, np.array(stack)[..., :3], shown, responses)

nwb, *_ = simple("transparent", stack=[np.dstack([p, np.arange(35).reshape(5, 7).astype("u1")]) for p in pictures(np.random.default_rng(5), 8, c=3)], kind=RGBAImage)
write(nwb)

nwb, *_ = simple("back")
write(nwb)
change("back", lambda f: f["processing/ophys/DfOverF/dff/timestamps"].write_direct(f["processing/ophys/DfOverF/dff/timestamps"][()][::-1].copy()))

nwb, *_ = simple("rate")
write(nwb)


def no_rate(f):
    g = f["stimulus/presentation/shown"]
    del g["timestamps"]
    g["starting_time"] = np.nan
    g["starting_time"].attrs["rate"] = np.nan


change("rate", no_rate)

nwb, *_ = simple("elsewhere")
write(nwb)


def link(f):
    del f["processing/ophys/DfOverF/dff/data"]
    f["processing/ophys/DfOverF/dff/data"] = h5py.ExternalLink("traces.nwb", "/dff")


change("elsewhere", link)

nwb, *_ = simple("future")
write(nwb)
change("future", lambda f: f.attrs.__setitem__("nwb_version", "3.0.0"))

nwb, *_ = simple("nameless")
write(nwb)
change("nameless", lambda f: f.attrs.__delitem__("nwb_version"))

nwb, *_ = simple("many")
write(nwb)
change("many", lambda f: f["stimulus/presentation/shown/data"].write_direct(f["stimulus/presentation/shown/data"][()] + 3))

nwb, *_ = simple("behaviour")  # a series of running that cannot be used
nwb.create_processing_module("behavior", "x").add(BehavioralTimeSeries(time_series=TimeSeries(name="running_speed", data=np.zeros(20), unit="cm/s", timestamps=np.arange(20.0))))
write(nwb)


def shorter(f):
    del f["processing/behavior/BehavioralTimeSeries/running_speed/timestamps"]
    f["processing/behavior/BehavioralTimeSeries/running_speed/timestamps"] = np.arange(7.0)


change("behaviour", shorter)

with zipfile.ZipFile("nwb.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as z:
    for name in sorted(os.listdir(work)):
        info = zipfile.ZipInfo(name)
        info.compress_type = zipfile.ZIP_DEFLATED
        with open(f"{work}/{name}", "rb") as f:
            z.writestr(info, f.read())
