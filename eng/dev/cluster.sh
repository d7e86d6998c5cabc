#!/usr/bin/env bash
# cluster up|down|status|env|image: a real Kubernetes on this machine, from Debian's packages alone (needs root)
set -euo pipefail
exec bash eng/cluster/cluster "$@"
