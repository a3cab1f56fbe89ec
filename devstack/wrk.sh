#!/usr/bin/env bash
# wrk, the load of the bench's points over HTTP, where this user may install it.
set -euo pipefail

command -v wrk >/dev/null && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing wrk for the bench …"
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends wrk; } >/dev/null && exit 0
fi
echo "There is no wrk, and it could not be installed; points over HTTP are not run."
