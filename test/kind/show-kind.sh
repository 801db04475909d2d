#!/usr/bin/env bash
# What the exporter and its pods looked like when test/kind/run-kind.sh failed. No Secret is printed.
set -u
hub() { kubectl --context kind-hub --namespace storage "$@"; }

hub get deployments,cronjobs,jobs,pods,leases -o wide
hub get events --sort-by .lastTimestamp
hub describe pods
for pod in $(hub get pods -o name); do
  echo "--- $pod"
  hub logs "$pod" --tail 200 || true
  hub logs "$pod" --previous --tail 200 2>/dev/null || true
done
node dist/mcce.js --context kind-hub --namespace storage status -o wide || true
