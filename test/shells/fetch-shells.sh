#!/usr/bin/env bash
# Fetches zsh and fish from Debian 12's own archive, with what they need that this machine lacks. Nothing is installed.
#
# usage: fetch-shells.sh WORK_DIR INTO
#   WORK_DIR  scratch space, about 100 MB; the caller deletes it
#   INTO      existing folder that receives the unpacked packages, and `zsh` and `fish`, which start them from there
set -euo pipefail

work=$1 into=$2
step() { echo "[fetch-shells] $*"; }
fail() { echo "[fetch-shells] error: $*" >&2; exit 1; }

otherwise="put zsh and fish on the PATH instead"
. "$(dirname "$0")/../support/private-apt.sh"

step "downloading the packages zsh and fish (about 10 MB)"
private_apt install --download-only --no-install-recommends -y zsh zsh-common fish fish-common \
  >"$work/apt/install.log" 2>&1 || { cat "$work/apt/install.log" >&2; fail "downloading the packages failed"; }
for deb in "$work"/apt/cache/archives/*.deb; do dpkg-deb --extract "$deb" "$into/root"; done

# fish looks for its files beside its program; Debian's package has them in /etc.
ln -s ../etc "$into/root/usr/etc"

# zsh takes the places of its modules and functions from no variable of the environment.
mkdir "$into/zsh-start"
cat >"$into/zsh-start/.zshenv" <<'ZSH'
module_path=(${ZDOTDIR:h}/root/usr/lib/*/zsh/*(/))
fpath=(${ZDOTDIR:h}/root/usr/share/zsh/functions/**/*(/) ${ZDOTDIR:h}/root/usr/share/zsh/functions)
ZSH
touch "$into/zsh-start/.zshrc"

for shell in zsh fish; do
  program=$(cd "$into" && find root -path "*/bin/$shell" | head -n 1)
  cat >"$into/$shell" <<SH
#!/bin/sh
here=\$(dirname "\$(readlink -f "\$0")")
libraries=\$(find "\$here/root/usr/lib" "\$here/root/lib" -maxdepth 2 -name '*.so*' -printf '%h\n' 2>/dev/null | sort -u | paste -sd:)
export LD_LIBRARY_PATH="\$libraries\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH}" ZDOTDIR="\$here/zsh-start"
exec "\$here/$program" "\$@"
SH
  chmod 755 "$into/$shell"
  version=$("$into/$shell" --version) || fail "$shell does not start"
  step "done: $version"
done
