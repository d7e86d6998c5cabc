#!/usr/bin/env bash
# build: builds everything that changed
source eng/dev/lib.sh
take_common_options "$@"
need_sdk
build all "building everything" Slipway.slnx
