#!/usr/bin/env bash
# The checks of a release, beyond .ci/run: known vulnerabilities of what the program calls, and a bill of materials.
#
#     tools/release.sh FOLDER
#
# It writes FOLDER/v1lab.cdx.json (CycloneDX: every Go module of the program, with version and hash). govulncheck asks the Go vulnerability database;
# without a network the script says so and fails, after it has written the bill.
set -euo pipefail
[ $# = 1 ] || { sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 2; }
mkdir -p "$1"
out=$(realpath "$1")
cd "$(dirname "$0")/.."
tool() { go tool -modfile=tools/release/go.mod "$@"; }

program=$(mktemp -d)
trap 'rm -rf "$program"' EXIT
go build -trimpath -o "$program/v1lab" ./cmd/v1lab
tool cyclonedx-gomod bin -json -std -output "$out/v1lab.cdx.json" "$program/v1lab"
echo "bill of materials: $out/v1lab.cdx.json"

go mod verify
echo "known vulnerabilities:"
if ! tool govulncheck ./... >"$program/found" 2>&1; then
	cat "$program/found"
	if grep -q "fetching vulnerabilities" "$program/found"; then
		echo "release.sh: the vulnerability database cannot be reached: nothing is known about vulnerabilities; accepted: a network connection, or GOVULNDB set to a copy"
	fi
	exit 1
fi
cat "$program/found"
