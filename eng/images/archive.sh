# Root file systems → an image archive that Docker, containerd and OCI tools read. Sourced after rootfs.sh.
# shellcheck shell=bash

# The time of everything in the image: that of the sources.
EPOCH="${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}"

# new_archive <folder>: begins an image in a new folder.
new_archive() {
  ARCHIVE="$1"
  rm -rf "$ARCHIVE"
  mkdir -p "$ARCHIVE/blobs/sha256"
  LAYERS='[]' DIFFS='[]'
}

# pack_layer <file> <folder> <owner> [paths…]: what lies in the folder (or these paths of it), as a layer that belongs to the owner (a number).
pack_layer() {
  local file="$1" folder="$2" owner="$3"
  shift 3
  [ $# -gt 0 ] || set -- .
  tar -C "$folder" --format=posix --pax-option=delete=atime,delete=ctime --sort=name --mtime="@$EPOCH" --numeric-owner --owner="$owner" --group="$owner" -cf "$file.tar" "$@"
  sha256sum "$file.tar" | cut -d' ' -f1 >"$file.diff"
  gzip -n -6 -c "$file.tar" >"$file"
  rm "$file.tar"
}

# use_layer <file>: puts a packed layer on top of the image.
use_layer() {
  local digest
  digest="$(sha256sum "$1" | cut -d' ' -f1)"
  cp "$1" "$ARCHIVE/blobs/sha256/$digest"
  DIFFS="$(jq -c --arg d "sha256:$(cat "$1.diff")" '. + [$d]' <<<"$DIFFS")"
  LAYERS="$(jq -c --arg d "sha256:$digest" --argjson s "$(stat -c %s "$1")" '. + [{mediaType: "application/vnd.oci.image.layer.v1.tar+gzip", digest: $d, size: $s}]' <<<"$LAYERS")"
}

# add_layer <folder> <owner> [paths…]: pack_layer and use_layer in one.
add_layer() {
  pack_layer "$ARCHIVE/layer" "$@"
  use_layer "$ARCHIVE/layer"
  rm "$ARCHIVE/layer" "$ARCHIVE/layer.diff"
}

# add_blob <text>: stores it; prints its digest and size.
add_blob() {
  local digest
  digest="$(printf '%s' "$1" | sha256sum | cut -d' ' -f1)"
  printf '%s' "$1" >"$ARCHIVE/blobs/sha256/$digest"
  echo "$digest $(printf '%s' "$1" | wc -c)"
}

# write_archive <full name> <architecture> <config as JSON> <file>: ends the image.
write_archive() {
  local name="$1" arch="$2" config="$3" file="$4" created digest size manifest
  created="$(date -u -d "@$EPOCH" +%Y-%m-%dT%H:%M:%SZ)"
  read -r digest size < <(add_blob "$(jq -nc --arg t "$created" --arg a "$arch" --argjson c "$config" --argjson d "$DIFFS" '{created: $t, architecture: $a, os: "linux", config: $c, rootfs: {type: "layers", diff_ids: $d}}')")
  local config_digest="$digest"
  manifest="$(jq -nc --arg d "sha256:$digest" --argjson s "$size" --argjson l "$LAYERS" '{schemaVersion: 2, mediaType: "application/vnd.oci.image.manifest.v1+json", config: {mediaType: "application/vnd.oci.image.config.v1+json", digest: $d, size: $s}, layers: $l}')"
  read -r digest size < <(add_blob "$manifest")
  jq -nc --arg n "$name" --arg t "${name##*:}" --arg a "$arch" --arg d "sha256:$digest" --argjson s "$size" \
    '{schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json", manifests: [{mediaType: "application/vnd.oci.image.manifest.v1+json", digest: $d, size: $s, platform: {architecture: $a, os: "linux"}, annotations: {"io.containerd.image.name": $n, "org.opencontainers.image.ref.name": $t}}]}' >"$ARCHIVE/index.json"
  echo '{"imageLayoutVersion":"1.0.0"}' >"$ARCHIVE/oci-layout"
  # What `docker load` reads.
  jq -nc --arg n "$name" --arg c "blobs/sha256/$config_digest" --argjson l "$LAYERS" '[{Config: $c, RepoTags: [$n | sub("^docker.io/(library/)?"; "")], Layers: [$l[].digest | sub("^sha256:"; "blobs/sha256/")]}]' >"$ARCHIVE/manifest.json"
  tar -C "$ARCHIVE" --format=posix --pax-option=delete=atime,delete=ctime --sort=name --mtime="@$EPOCH" --numeric-owner --owner=0 --group=0 -cf "$file.new" oci-layout index.json manifest.json blobs
  mv "$file.new" "$file"
  rm -rf "$ARCHIVE"
}
