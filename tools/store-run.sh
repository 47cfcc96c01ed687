#!/usr/bin/env bash
# Stores a run folder of the present version, for the test that every later version opens, evaluates and continues it:
#   tools/store-run.sh NAME      makes cmd/v1lab/testdata/NAME, which is never written again
set -euo pipefail
cd "$(dirname "$0")/.."
name=${1:?a name, as in v2}
out=cmd/v1lab/testdata/$name
[ ! -e "$out" ] || { echo "$out is there already; stored runs are never written again" >&2; exit 1; }
commit=$(git rev-parse --short HEAD)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
go build -o "$work/v1lab" ./cmd/v1lab
v1lab=$work/v1lab
mkdir -p "$work/$name/run"
cp cmd/v1lab/testdata/v1/images.npy "$work/$name"
cat >"$work/config.yaml" <<'YAML'
preset: quickstart
core: {rotations: 4, features: [2, 2, 2], filter_sizes: [5, 3, 3], padding: [valid, valid, valid]}
fit: {batch: 40, validate_every: 20, max_steps: 100, patience: 2}
YAML
cd "$work/$name"
"$v1lab" fit --data 'simulated:?neurons=6&images=240&val=40&test=20&repeats=4&height=16&width=16' --config ../config.yaml --out run
"$v1lab" mei --run run --neurons 0-2 --images 2 --steps 60 --out run/insilico/mei.npz
"$v1lab" tune --run run --neurons 0-1 --out run/insilico/tuning.npz
"$v1lab" predict --run run --images images.npy --out rates.npy
"$v1lab" eval --run run --json >eval.json
"$v1lab" cluster --run run --json >cluster.json
cp -r run ../longer
"$v1lab" fit --resume --out ../longer --set fit.max_steps=140 --json >longer.json
rm -f run/.lock
sed -i "s|$HOME/|~/|g" run/result.json ./*.json # folders of this machine
"$v1lab" doctor --runs run --read-data
cat >README.md <<TEXT
# A run folder of commit $commit

tools/store-run.sh made it. It is never written again: every later program must open it, predict \`rates.npy\`, find what \`eval.json\` and
\`cluster.json\` say, and go on to what \`longer.json\` says.
TEXT
cd - >/dev/null
mv "$work/$name" "$out"
du -sb "$out"
