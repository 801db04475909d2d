#!/usr/bin/env bash
# Fetches promtool from Debian 12's own archive. Nothing is installed.
#
# usage: fetch-promtool.sh WORK_DIR INTO
#   WORK_DIR  scratch space, about 200 MB; the caller deletes it
#   INTO      existing folder that receives `promtool`
set -euo pipefail

work=$1 into=$2
step() { echo "[fetch-promtool] $*"; }
fail() { echo "[fetch-promtool] error: $*" >&2; exit 1; }

otherwise="put promtool, which comes with Prometheus, on the PATH instead"
. "$(dirname "$0")/../support/private-apt.sh"

step "downloading the package prometheus (about 30 MB)"
cd "$work"
private_apt download prometheus >apt/download.log 2>&1 || { cat apt/download.log >&2; fail "downloading the package failed"; }
dpkg-deb --extract prometheus_*.deb unpacked
install -m 0755 unpacked/usr/bin/promtool "$into/promtool"
