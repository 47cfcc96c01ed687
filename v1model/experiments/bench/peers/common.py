"""What both peers share: the protocol, the problem and the schedule of a fit.

In: one JSON object a line on standard input, {"do": name, ...}. Out: one JSON object a line on what was standard output, with the
seconds the work took or {"error": text}. The process ends with its standard input.
"""

import json
import math
import os
import pathlib
import sys
import time

import numpy as np

BETA1, BETA2, ADAM_EPSILON = 0.9, 0.999, 1e-8
NORM_EPSILON, RATE_EPSILON, ENERGY_EPSILON = 1e-3, 1e-5, 1e-8
LAPLACIAN = np.array([[0.25, 0.5, 0.25], [0.5, -3, 0.5], [0.25, 0.5, 0.25]], np.float32)
CHUNK = 256  # images of one call of a prediction


class Layer:
    """One layer of the core: the numbers of the problem and its tables."""

    def __init__(self, spec, arrays):
        self.__dict__.update(spec)  # name, size, features, rotations, inputs, padding, activation, decay, gamma, shared, biased, shift, smoothness, sparsity
        self.basis = arrays["basis/" + self.name]  # [functions, size, size]
        self.turn = arrays["turn/" + self.name]  # [rotations, functions, functions]
        self.pad = ((self.size - 1) // 2, self.size // 2) if self.padding == "same" else (0, 0)  # before, after


class Problem:
    """A model, its start values and normalised data, from the folder that the parent wrote."""

    def __init__(self, folder):
        folder = pathlib.Path(folder)
        spec = json.loads((folder / "problem.json").read_text())
        with np.load(folder / "problem.npz") as f:
            arrays = {k: f[k] for k in f.files}
        self.threads, self.batch, self.sparsity = spec["threads"], spec["batch"], spec["readout_sparsity"]
        self.fit = spec["fit"]
        self.layers = [Layer(s, arrays) for s in spec["layers"]]
        self.trainable = spec["trainable"]
        self.weights = {k[2:]: v for k, v in arrays.items() if k.startswith("w/")}
        self.train = arrays["train_images"], arrays["train_responses"]
        self.val = arrays["val_images"], arrays["val_responses"]
        self.order = arrays["order"]  # [epochs, images]
        self.rates = [float(r) for r in arrays.get("rates", [])]  # of the steps, if the schedule says them beforehand

    def sampler(self):
        """Batches of image numbers without end, in the order that ours has too; after the last epoch the first comes again."""
        while True:
            for epoch in self.order:
                yield from epoch.reshape(-1, self.batch)


def fit(peer, problem, most):
    """The schedule of a fit, of most steps at most unless that is 0; returns [steps, seconds, validation loss] of each validation."""
    curve, begin = [], time.perf_counter()
    steps, best, every = 0, float("inf"), problem.fit["validate_every"]

    def advance(rates):
        nonlocal steps
        peer.train(rates)
        steps += len(rates)
        loss = peer.validate()
        if math.isfinite(loss):
            curve.append([steps, time.perf_counter() - begin, loss])
        return loss

    spec = problem.fit
    if problem.rates:  # one cycle
        bad = 0
        for first in range(0, len(problem.rates), every):
            loss = advance(problem.rates[first : first + every])
            best, bad = (loss, 0) if loss < best else (best, bad + 1)
            if bad == spec["patience"] > 0:
                break
        return curve
    counter = stage = bad = 0
    kept, rate = None, spec["learning_rate"]
    while stage < spec["stages"]:
        loss = advance([rate] * every)
        counter += every
        if loss < best:
            best, kept, bad = loss, peer.state(), 0
        else:
            bad += 1
        if counter >= spec["max_steps"] or steps >= most > 0:
            break
        if bad == spec["patience"]:
            if kept is not None:
                peer.restore(kept)
            counter, stage, bad = counter - every * bad, stage + 1, 0
            rate = spec["learning_rate"] / 10**stage
    return curve


def read(path):
    """What a script does before it can train: load an archive, z-score images, scale responses."""
    with np.load(path) as f:
        images, responses = f["train_images"].astype(np.float32), f["train_responses"].astype(np.float32)
        others = {k: f[k].astype(np.float32) for k in f.files if k not in ("train_images", "train_responses")}
    mean, sd = images.mean(dtype=np.float64), images.std(dtype=np.float64)
    scale = responses.std(0, dtype=np.float64)
    scale[scale < 0.01 * scale.mean()] = 1
    images, responses = (images - np.float32(mean)) / np.float32(sd), np.maximum(responses / scale.astype(np.float32), 0)
    for k, v in others.items():
        others[k] = (v - np.float32(mean)) / np.float32(sd) if k.endswith("images") else np.maximum(v / scale.astype(np.float32), 0)
    return images, responses, others


def serve(make, version):
    """Answers commands until standard input ends; make(problem) builds the peer."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is no answer
    peer = None

    def answer(job):
        nonlocal peer
        do = job["do"]
        if do == "load":
            peer = make(Problem(job["folder"]))
            return {"version": version}
        begin = time.perf_counter()
        if do == "read":
            read(job["path"])
            return {"seconds": time.perf_counter() - begin}
        if do == "train":
            loss = peer.train([peer.problem.fit["learning_rate"]] * job["n"])
        elif do == "predict":
            peer.predict(job["n"])
            loss = 0.0
        elif do == "gradients":
            np.savez(job["path"], **peer.gradients(job.get("exact", False)))
            loss = 0.0
        elif do == "fit":
            return {"curve": fit(peer, peer.problem, job["n"])}
        else:
            raise ValueError(f"do {do!r}; accepted: load, read, train, predict, gradients, fit")
        return {"seconds": time.perf_counter() - begin, "loss": loss if math.isfinite(loss) else None}

    for line in sys.stdin:
        try:
            result = answer(json.loads(line))
        except Exception as e:
            import traceback

            traceback.print_exc()
            result = {"error": f"{type(e).__name__}: {(str(e).strip().splitlines() or [''])[0]}"}
        print(json.dumps(result), file=answers, flush=True)
