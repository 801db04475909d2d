#!/usr/bin/env bash
# Builds kube-apiserver and fetches etcd from Debian 12's own archive, for a machine that cannot reach the
# published envtest archives. Nothing is installed: packages are downloaded by a private apt, verified by its
# signatures, and unpacked below WORK_DIR. No root is needed.
#
# usage: build-from-debian.sh WORK_DIR ASSETS_DIR
#   WORK_DIR    scratch space, about 2 GB; the caller deletes it
#   ASSETS_DIR  existing folder that receives `etcd` and `kube-apiserver`
set -euo pipefail

work=$1 assets=$2
step() { echo "[build-from-debian] $*"; }
fail() { echo "[build-from-debian] error: $*" >&2; exit 1; }

for tool in tar make; do
  command -v "$tool" >/dev/null || fail "$tool is missing; install it with: apt-get install $tool"
done

mkdir -p "$work"/{toolchain,tmp}
otherwise="point KUBEBUILDER_ASSETS at a folder with etcd and kube-apiserver instead"
. "$(dirname "$0")/../support/private-apt.sh"

step "downloading etcd, Go, build tools and the kubernetes source package (about 125 MB)"
# --reinstall: what the machine has already is unpacked here all the same, so that one toolchain is complete.
private_apt install --download-only --reinstall --no-install-recommends -y \
  etcd-server golang-1.19-go golang-1.19-src golang-github-modern-go-reflect2-dev rsync jq >"$work/apt/install.log" 2>&1 ||
  { cat "$work/apt/install.log" >&2; fail "downloading the packages failed"; }
(cd "$work" && private_apt source --download-only kubernetes >apt/source.log 2>&1) ||
  { cat "$work/apt/source.log" >&2; fail "downloading the kubernetes source package failed"; }

for deb in "$work"/apt/cache/archives/*.deb; do dpkg-deb --extract "$deb" "$work/toolchain"; done
toolchain="$work/toolchain/usr"
install -m 0755 "$toolchain/bin/etcd" "$assets/etcd"

kubernetes="$work/go/src/k8s.io/kubernetes"
mkdir -p "$kubernetes"
tar -xf "$work"/kubernetes_*.orig.tar.* -C "$kubernetes" --strip-components=1
# The vendored reflect2 panics under Go 1.18 and later (role bindings, apply); Debian's own version does not.
rm -rf "$kubernetes/vendor/github.com/modern-go/reflect2"
cp -r "$toolchain/share/gocode/src/github.com/modern-go/reflect2" "$kubernetes/vendor/github.com/modern-go/reflect2"

step "compiling kube-apiserver: 6 to 8 minutes on two cores, once"
(
  export PATH="$toolchain/lib/go-1.19/bin:$toolchain/bin:$PATH"
  export LD_LIBRARY_PATH="$toolchain/lib/$(gcc -print-multiarch 2>/dev/null || echo "$(uname -m)-linux-gnu")"
  export GOROOT="$toolchain/lib/go-1.19" GOPATH="$work/go" GOCACHE="$work/go-cache" TMPDIR="$work/tmp"
  export GO111MODULE=off GOFLAGS= CGO_ENABLED=0 KUBE_GIT_VERSION=v1.20.2 KUBE_GIT_TREE_STATE=archive KUBE_GIT_COMMIT=debian
  cd "$kubernetes"
  make WHAT=cmd/kube-apiserver
) >"$work/make.log" 2>&1 || { tail -n 40 "$work/make.log" >&2; fail "compiling failed; the whole log is $work/make.log"; }

install -m 0755 "$kubernetes/_output/local/go/bin/kube-apiserver" "$assets/kube-apiserver"
step "done: etcd and kube-apiserver are in $assets"
