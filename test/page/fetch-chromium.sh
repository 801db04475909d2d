#!/usr/bin/env bash
# Fetches Debian 12's own Chromium, what it needs that this machine lacks, and two families of fonts. Nothing is installed.
#
# usage: fetch-chromium.sh WORK_DIR INTO
#   WORK_DIR  scratch space, about 400 MB; the caller deletes it
#   INTO      existing folder that receives the unpacked packages and `chromium`, which starts it from there
set -euo pipefail

work=$1 into=$2
step() { echo "[fetch-chromium] $*"; }
fail() { echo "[fetch-chromium] error: $*" >&2; exit 1; }

otherwise="put chromium on the PATH instead"
. "$(dirname "$0")/../support/private-apt.sh"

step "downloading the package chromium and what it needs (about 120 MB)"
private_apt install --download-only --no-install-recommends -y chromium fonts-inter fonts-dejavu-core \
  >"$work/apt/install.log" 2>&1 || { cat "$work/apt/install.log" >&2; fail "downloading the packages failed"; }
for deb in "$work"/apt/cache/archives/*.deb; do dpkg-deb --extract "$deb" "$into/root"; done

cat >"$into/fonts.conf" <<'XML'
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir prefix="relative">root/usr/share/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
  <alias><family>sans-serif</family><prefer><family>Inter</family><family>DejaVu Sans</family></prefer></alias>
  <alias><family>system-ui</family><prefer><family>Inter</family><family>DejaVu Sans</family></prefer></alias>
  <alias><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
</fontconfig>
XML

cat >"$into/chromium" <<'SH'
#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
libraries=$(find "$here/root/usr/lib" "$here/root/lib" -maxdepth 3 -name '*.so*' -printf '%h\n' 2>/dev/null | sort -u | paste -sd:)
export LD_LIBRARY_PATH="$libraries${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" FONTCONFIG_FILE="$here/fonts.conf"
exec "$here/root/usr/lib/chromium/chromium" "$@"
SH
chmod 755 "$into/chromium"
version=$("$into/chromium" --no-sandbox --version) || fail "it does not start"
step "done: $version"
