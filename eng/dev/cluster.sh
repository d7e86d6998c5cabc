#!/usr/bin/env bash
# cluster up|down|images|…: a real Kubernetes on this machine, from Debian's packages alone (needs root)
set -euo pipefail
case "${1:-}" in
  images) exec bash eng/cluster/images "${@:2}" ;;
  *) exec bash eng/cluster/cluster "$@" ;;
esac
