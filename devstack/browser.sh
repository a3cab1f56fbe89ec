#!/usr/bin/env bash
# A Chromium for the tests of pages: the one that is there, else Debian's where this user may install it.
set -euo pipefail

for name in chromium chromium-browser google-chrome google-chrome-stable; do
    command -v "$name" >/dev/null && exit 0
done

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing chromium for the tests of pages …"
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; } >/dev/null ||
        echo "chromium could not be installed; the tests of pages are skipped."
else
    echo "There is no browser and no right to install one; the tests of pages are skipped."
fi
