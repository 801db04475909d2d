#!/usr/bin/env bash
# Installs image and chart on a kind cluster, adds a second kind cluster, and looks at the result. Needs kind, docker, helm and kubectl, and the
# built mcce (npm run build). Leaves the clusters for a look; delete them with: kind delete clusters hub east
#
# NODE_IMAGE  image of the nodes; that of kind by default
set -euo pipefail
cd "$(dirname "$0")/../.."

namespace=storage
name=exporter-multi-cluster-config-exporter
step() { printf '\n[kind] %s\n' "$*"; }
hub() { kubectl --context kind-hub --namespace "$namespace" "$@"; }
mcce() { node dist/mcce.js --context kind-hub --namespace "$namespace" "$@"; }
published() { hub get secret multi-storage-config -o 'go-template={{range $name, $content := .data}}{{$name}} {{end}}'; }
expect_published() {
  for _ in $(seq 60); do
    [ "$(published 2>/dev/null)" = "$1" ] && return
    sleep 1
  done
  echo "[kind] the aggregate holds '$(published)', not '$1'" >&2
  exit 1
}

step "two clusters"
for cluster in hub east; do
  kind create cluster --name "$cluster" ${NODE_IMAGE:+--image "$NODE_IMAGE"} --wait 180s
done

step "the image"
docker build --tag multi-cluster-config-exporter:kind .
kind load docker-image multi-cluster-config-exporter:kind --name hub

step "a source in the cluster east"
kubectl --context kind-east create namespace "$namespace"
kubectl --context kind-east --namespace "$namespace" create secret generic storage-config --from-literal=postgres='{"host": "db.east.example"}'

step "the chart, in a namespace with the Pod Security Standard restricted"
kubectl --context kind-hub create namespace "$namespace"
kubectl --context kind-hub label namespace "$namespace" pod-security.kubernetes.io/enforce=restricted
helm install exporter helm --kube-context kind-hub --namespace "$namespace" --set image.tag=kind --wait --timeout 3m

step "the cluster east, by the address that containers reach"
mcce cluster add kind-east --name east --server https://east-control-plane:6443 --duration 24h
mcce status --wait --timeout 2m
expect_published "east "

step "helm test"
helm test exporter --kube-context kind-hub --namespace "$namespace" --logs

step "an upgrade that replaces the pods, with the aggregate watched"
helm upgrade exporter helm --kube-context kind-hub --namespace "$namespace" --reuse-values --set config.logLevel=debug --wait --timeout 3m
mcce status --wait --timeout 2m
expect_published "east "

step "a CronJob instead of the Deployment"
helm upgrade exporter helm --kube-context kind-hub --namespace "$namespace" --reuse-values --set cronJob.enabled=true --wait --timeout 3m
hub delete secret multi-storage-config
hub create job --from="cronjob/$name" first-run
hub wait --for=condition=complete job/first-run --timeout=2m
expect_published "east "

step "uninstall: registry and aggregate stay"
helm uninstall exporter --kube-context kind-hub --namespace "$namespace" --wait
hub get secret multi-k8s-config multi-storage-config
