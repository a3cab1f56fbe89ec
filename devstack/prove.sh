#!/usr/bin/env bash
# `make prove`: simulation, chaos, mutants and power cuts with the full counts, one after the other. Each part runs
# whatever became of those before it; the table at the end says what ran, what failed, and what this machine lacks.
set -uo pipefail
cd "$(dirname "$0")/.."
folder=build/prove
mkdir -p "$folder"
table="$folder/table.txt"
: >"$table"
failed=0

part() { # name, what it shows, words of make
	local name=$1 what=$2 begun=$SECONDS result lack=""
	shift 2
	echo "== $name: make $*"
	make --no-print-directory "$@" 2>&1 | tee "$folder/$name.log"
	local code=${PIPESTATUS[0]}
	lack=$(grep -m1 -E ': skipped, |^SKIPPED|\.Missing: ' "$folder/$name.log" | cut -c1-100 || true)
	if [ -n "$lack" ]; then
		result="SKIPPED: $lack"
	elif [ "$code" -ne 0 ]; then
		result=FAILED failed=1
	else
		result=passed
	fi
	printf '%-11s %-42s %7d s  %s\n' "$name" "$what" $((SECONDS - begun)) "$result" >>"$table"
}

part simulate "100,000 seeds of the whole platform" simulate N=100000
part mutants "each planted bug within 500 seeds" mutants N=500
part chaos "60 runs of 60 s with faults" chaos N=60 SECONDS=60
part powercuts "50 power cuts, and a control" powercuts N=50
part hostile "10,000 hostile requests and records" hostile N=10000
part overload "five times the peak" overload

echo
cat "$table"
grep -q SKIPPED "$table" && echo "What was skipped is not shown by this machine: its point stays open."
exit "$failed"
