"""Golden proposals of Optuna's TPE and points of SciPy's Sobol sequence, for the tests of this package.

    python3 -m venv V; V/bin/pip install optuna==5.0.0 numpy==2.4.6 scipy==1.17.1; V/bin/python golden.py

writes tpe.json and sobol.json beside this file. Draws 0 to 11 of each function are given. The others are proposed three at a time, so that each is
proposed while the ones before it run; every fifth is stopped early. The random numbers are those of NumPy's Mersenne Twister with the seed in the file.
"""
import functools
import json
import math
import pathlib
import random
import warnings

import numpy
import optuna
import scipy.stats.qmc
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import TrialState, create_trial

optuna.logging.set_verbosity(optuna.logging.ERROR)
warnings.simplefilter("ignore")
# NumPy sorts equal numbers in an order that depends on the processor. Here they keep theirs.
numpy.argsort = functools.partial(numpy.argsort, kind="stable")
here = pathlib.Path(__file__).parent


def branin(p):
    x, y = p["x"], p["y"]
    return (y - 5.1 / (4 * math.pi**2) * x**2 + 5 / math.pi * x - 6) ** 2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10


def valley(p):  # Rosenbrock's function of logarithms
    a, b = math.log10(p["a"]), math.log10(p["b"])
    return (1 - a) ** 2 + 100 * (b - a**2) ** 2


def mixed(p):
    return (p["n"] - 7) ** 2 + {"slow": 9, "even": 3, "fast": 0}[p["kind"]] + math.log10(p["rate"] / 0.02) ** 2


functions = {
    "branin": (branin, 60, {"x": (FloatDistribution(-5, 10), "lin(-5,10)"), "y": (FloatDistribution(0, 15), "lin(0,15)")}),
    "valley": (valley, 60, {"a": (FloatDistribution(1e-2, 1e2, log=True), "log(0.01,100)"), "b": (FloatDistribution(1e-2, 1e4, log=True), "log(0.01,10000)")}),
    "mixed": (mixed, 60, {"kind": (CategoricalDistribution(["slow", "even", "fast"]), "one(slow,even,fast)"), "n": (IntDistribution(1, 12), "int(1,12)"),
                          "rate": (FloatDistribution(1e-3, 1, log=True), "log(0.001,1)")}),
}


def golden(name, seed):
    function, draws, space = functions[name]
    distributions = {k: d for k, (d, _) in space.items()}
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
    rng = random.Random(seed)
    record = []
    for number in range(12):
        values = {}
        for k, d in distributions.items():
            if isinstance(d, CategoricalDistribution):
                values[k] = rng.choice(d.choices)
            elif isinstance(d, IntDistribution):
                values[k] = rng.randint(d.low, d.high)
            elif d.log:
                values[k] = math.exp(rng.uniform(math.log(d.low), math.log(d.high)))
            else:
                values[k] = rng.uniform(d.low, d.high)
        loss = function(values)
        study.add_trial(create_trial(params=values, distributions=distributions, value=loss))
        record.append({"number": number, "values": values, "loss": loss})
    while len(record) < draws:
        trials = [study.ask(distributions) for _ in range(3)]
        for t in trials:
            values, loss = dict(t.params), function(t.params)
            draw = {"number": t.number, "values": values, "loss": loss, "told_at": trials[-1].number + 1}
            if t.number % 5 == 0:
                draw["steps"] = 10 + t.number % 20
                t.report(loss, draw["steps"])
                study.tell(t, state=TrialState.PRUNED)
            else:
                study.tell(t, loss)
            record.append(draw)
    return {"name": name, "seed": seed, "space": [f"{k}={r}" for k, (_, r) in space.items()], "draws": record}


json.dump({"optuna": optuna.__version__, "numpy": numpy.__version__, "functions": [golden(n, 100 + i) for i, n in enumerate(functions)]},
          open(here / "tpe.json", "w"), indent=0)
points = scipy.stats.qmc.Sobol(64, scramble=False, bits=32).random(256)
json.dump({"scipy": scipy.__version__, "first": points[:8, :5].tolist(), "point": 255, "all": points[255].tolist(), "mean": points.mean(0).tolist()},
          open(here / "sobol.json", "w"), indent=0)
