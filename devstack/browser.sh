#!/usr/bin/env bash
# A Chromium for the tests of pages: Debian's without windows, which needs a third of the processor time, where
# this user may install it; else any that is there.
set -euo pipefail

command -v chromium-headless-shell >/dev/null && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing chromium-headless-shell for the tests of pages …"
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium-headless-shell; } >/dev/null &&
        exit 0
fi
for name in chromium chromium-browser google-chrome google-chrome-stable; do
    command -v "$name" >/dev/null && exit 0
done
echo "There is no browser, and none could be installed; the tests of pages are skipped."
