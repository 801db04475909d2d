# Sourced: an apt of its own, with the machine's mirrors and their signatures, that installs nothing and needs no root. Wants $work, scratch
# space, and the functions step and fail; gives private_apt. On Debian 12 alone.

[ "$(. /etc/os-release && echo "${ID:-}-${VERSION_CODENAME:-}")" = debian-bookworm ] ||
  fail "this is not Debian 12 (bookworm), whose packages are used here; $otherwise"
for tool in apt-get dpkg-deb; do
  command -v "$tool" >/dev/null || fail "$tool is missing; $otherwise"
done

mkdir -p "$work"/apt/{lists/partial,cache/archives/partial}

# The machine's own mirrors, with source packages switched on. --no-release-info works before the first update.
sources="$work/apt/sources.list"
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
apt-get indextargets --no-release-info --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
  awk -v keyring="$keyring" '$2 ~ /^bookworm/ && $3 == "main" {
    print "deb [signed-by=" keyring "] " $0; print "deb-src [signed-by=" keyring "] " $0 }' | sort -u >"$sources"
[ -s "$sources" ] || fail "apt has no Debian 12 mirror configured"

private_apt() {
  apt-get -q -o Dir::Etc::SourceList="$sources" -o Dir::Etc::SourceParts=/dev/null \
    -o Dir::State::Lists="$work/apt/lists" -o Dir::Cache="$work/apt/cache" \
    -o Dir::Cache::Archives="$work/apt/cache/archives" \
    -o Debug::NoLocking=1 -o APT::Sandbox::User="$(id -un)" "$@"
}

step "reading the package lists (private copy)"
private_apt update >"$work/apt/update.log" 2>&1 || { cat "$work/apt/update.log" >&2; fail "apt-get update failed"; }
