#!/usr/bin/env bash
# Finds Chromium for the widget's tests, or installs Debian's where that is allowed; says so when neither works.
set -u
for name in chromium chromium-browser google-chrome; do
    command -v "$name" >/dev/null && exit 0
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing Debian's chromium for the browser tests" >&2
    { apt-get update -qq && apt-get install -qq -y --no-install-recommends chromium; } >/dev/null 2>&1
fi
command -v chromium >/dev/null || echo "no chromium here: the browser tests will be skipped by name" >&2
