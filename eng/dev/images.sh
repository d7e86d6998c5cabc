#!/usr/bin/env bash
# images [agent|server] [--load]: container images in artifacts/images, without Docker; --load puts them into the test cluster (also --push REGISTRY, --arch arm64)
source eng/dev/lib.sh
source eng/images/rootfs.sh
source eng/images/archive.sh
take_common_options "$@"

what=all load=0 push='' arch="$(dpkg --print-architecture 2>/dev/null || echo amd64)"
set -- ${ARGUMENTS[@]+"${ARGUMENTS[@]}"}
while [ $# -gt 0 ]; do
  case "$1" in
    agent | server | all) what="$1" ;;
    --load) load=1 ;;
    --push) push="${2:-}"; [ -n "$push" ] || fail 2 "--push wants a registry: ./dev images --push registry.example.org/team"; shift ;;
    --arch) arch="${2:-}"; shift ;;
    *) fail 2 "images: unknown argument '$1' (agent, server, all, --load, --push REGISTRY, --arch amd64|arm64)" ;;
  esac
  shift
done
case "$arch" in
  amd64) machine=linux-x64 ;;
  arm64) machine=linux-arm64 ;;
  *) fail 2 "images are built for amd64 and arm64, not for '$arch'" ;;
esac

want command:jq=jq="writes the images' descriptions" command:readelf=binutils="checks that programs in the images find their libraries" command:apt-get=apt="fetches Debian's packages" command:dpkg-deb=dpkg="unpacks them"
[ -z "$push" ] || want command:skopeo=skopeo="pushes images to a registry"
install_wanted
version="$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' Directory.Build.props)"
mkdir -p "$IMAGES"
take_images_lock() { exec 7>"$IMAGES/lock"; flock 7; }

# stop_where_the_feed_ends <project> <what for>: a program for another kind of machine needs packages that not every feed has. Says which.
stop_where_the_feed_ends() {
  local log="$LOGS/images-$machine.log"
  with_progress "asking the package feed for what $2 needs on $machine" "$log" \
    dotnet restore "$1" -r "$machine" -p:PublishedForMachine=true -p:NativeAgent=true -p:SelfContained=true -p:ArtifactsPath="$PWD/artifacts/$machine" -p:RestorePackagesWithLockFile=false -v minimal -tl:off && return 0
  local lacking
  lacking="$(grep -oE "(Unable to find package|No packages exist with this id|Unable to find a stable package) [A-Za-z0-9.-]+|NU110[0-3]: [^.]*package[s]? '?[A-Za-z0-9.-]+" "$log" | grep -oE "[A-Za-z][A-Za-z0-9]*(\.[A-Za-z0-9-]+){2,}" | sort -u | paste -sd' ')"
  fail 3 "the base of $2's image is there for $arch, but the program is not: the package feed lacks ${lacking:-what $log names}. With a feed that has it, the same command builds the image."
}

report() { # name file folder
  say "  $1  ${2#"$PWD/"}: $(($(stat -c %s "$2") / 1048576)) MiB packed, $(du -sm "$3" | cut -f1) MiB of it Debian before packing"
}

deliver() { # image name, file
  if [ "$load" = 1 ]; then
    bash eng/cluster/cluster load "$2"
    # The name that tests use, whatever the version.
    bash eng/cluster/cluster tag "$1" "${1%:*}:test"
    bash eng/cluster/cluster await "${1%:*}:test"
  fi
  if [ -n "$push" ]; then
    local to="$push/${1#docker.io/}" options
    read -ra options <<<"${SLIPWAY_PUSH_OPTIONS:-}"
    with_progress "pushing $to" "$LOGS/images-push.log" skopeo copy ${options[@]+"${options[@]}"} "oci-archive:$2" "docker://$to" ||
      { tail -n 5 "$LOGS/images-push.log" >&2; fail 1 "$to was not accepted; skopeo login ${push%%/*} may be missing, and SLIPWAY_PUSH_OPTIONS=--dest-tls-verify=false is for a registry without TLS"; }
  fi
}

# up_to_date <file> <what goes in…>: nothing of it is newer than the archive.
up_to_date() {
  local file="$1"
  shift
  [ -e "$file" ] && [ "$(cat "$file.base" 2>/dev/null)" = "$(cat "$BASE.key")" ] && unchanged_since "$file" "$@" eng/images eng/dev/images.sh
}

agent_image() {
  local name="docker.io/slipway/agent:$version" file="$IMAGES/agent-$version-$arch.tar" program="$AGENT" layers
  debian_base agent "$arch" jenkins /home/jenkins
  if [ "$arch" = amd64 ]; then
    bash eng/dev/agent.sh
  else
    stop_where_the_feed_ends src/Agent "the agent"
    program="artifacts/$machine/publish/Agent/release_$machine/slipway-agent"
    with_progress "building the agent for $machine" "$LOGS/agent-$machine.log" dotnet publish src/Agent -c Release -r "$machine" -p:NativeAgent=true -p:RestorePackagesWithLockFile=false -p:ArtifactsPath="$PWD/artifacts/$machine" -v minimal -nologo -tl:off ||
      { show_build_errors "$LOGS/agent-$machine.log"; fail 1 "the agent's build for $machine failed; the whole output is in $LOGS/agent-$machine.log"; }
  fi
  take_images_lock
  if ! up_to_date "$file" "$program"; then
    step "image slipway/agent:$version ($arch)"
    layers="$IMAGES/layers-agent"
    rm -rf "$layers"
    mkdir -p "$layers/program/usr/local/bin" "$layers/state/home/jenkins/agent" "$layers/state/home/jenkins/.ssh"
    chmod 700 "$layers/state/home/jenkins/.ssh"
    install -m 755 "$program" "$layers/program/usr/local/bin/slipway-agent"
    # Where scripts that were written for the stock image look for it.
    ln -s slipway-agent "$layers/program/usr/local/bin/jenkins-agent"
    new_archive "$IMAGES/archive-agent"
    add_layer "$BASE" 0
    add_layer "$layers/program" 0 usr/local/bin/slipway-agent usr/local/bin/jenkins-agent
    add_layer "$layers/state" 1000 home/jenkins
    write_archive "$name" "$arch" "$(image_config 'Slipway agent' /home/jenkins/agent '["slipway-agent"]' '["HOME=/home/jenkins","AGENT_WORKDIR=/home/jenkins/agent"]' '{}')" "$file"
    cp "$BASE.key" "$file.base"
    rm -rf "$layers"
  fi
  exec 7>&-
  report "slipway/agent:$version" "$file" "$BASE"
  deliver "$name" "$file"
}

server_image() {
  local name="docker.io/slipway/server:$version" file="$IMAGES/server-$version-$arch.tar" layers published=artifacts/publish/slipway
  debian_base server "$arch" slipway /var/lib/slipway
  if [ "$arch" = amd64 ]; then
    if ! up_to_date "$file" src Directory.Build.props Directory.Build.targets Directory.Packages.props global.json; then
      bash eng/dev/publish.sh --self-contained
    fi
  else
    stop_where_the_feed_ends src/Cli "the server"
    published="artifacts/$machine/publish/server"
    with_progress "publishing the server for $machine" "$LOGS/publish-$machine.log" dotnet publish src/Cli -c Release -r "$machine" --self-contained true -p:PublishedForMachine=true -p:ArtifactsPath="$PWD/artifacts/$machine" -o "$published" -v minimal -nologo -tl:off ||
      { show_build_errors "$LOGS/publish-$machine.log"; fail 1 "publishing for $machine failed; the whole output is in $LOGS/publish-$machine.log"; }
  fi
  take_images_lock
  if ! up_to_date "$file" src Directory.Build.props Directory.Build.targets Directory.Packages.props global.json; then
    step "image slipway/server:$version ($arch)"
    layers="$IMAGES/layers-server"
    rm -rf "$layers"
    mkdir -p "$layers/program/opt/slipway" "$layers/program/usr/local/bin" "$layers/state/var/lib/slipway" "$layers/program/etc/slipway"
    cp -a "$published/." "$layers/program/opt/slipway/"
    # Symbols are for whoever debugs from the sources.
    find "$layers/program/opt/slipway" -name '*.pdb' -delete
    chmod -R go+rX "$layers/program"
    ln -s /opt/slipway/slipway "$layers/program/usr/local/bin/slipway"
    new_archive "$IMAGES/archive-server"
    add_layer "$BASE" 0
    add_layer "$layers/program" 0 opt usr/local/bin/slipway etc/slipway
    add_layer "$layers/state" 1000 var/lib/slipway
    write_archive "$name" "$arch" "$(image_config 'Slipway server' /var/lib/slipway '["/opt/slipway/slipway"]' \
      '["HOME=/var/lib/slipway","SLIPWAY_DATA=/var/lib/slipway","SLIPWAY_LISTEN=0.0.0.0:8080","SLIPWAY_LOCAL_AGENTS=0","DOTNET_EnableDiagnostics=0"]' '{"Cmd":["server"],"ExposedPorts":{"8080/tcp":{}}}')" "$file"
    cp "$BASE.key" "$file.base"
    rm -rf "$layers"
  fi
  exec 7>&-
  report "slipway/server:$version" "$file" "$BASE"
  deliver "$name" "$file"
}

image_config() { # title, working directory, entry point, further environment, further fields
  jq -nc --arg t "$1" --arg w "$2" --argjson p "$3" --argjson e "$4" --argjson more "$5" --arg v "$version" --arg r "$(git rev-parse HEAD 2>/dev/null || echo unknown)" \
    '{User: "1000:1000", WorkingDir: $w, Entrypoint: $p, Env: (["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8"] + $e),
      Labels: {"org.opencontainers.image.title": $t, "org.opencontainers.image.version": $v, "org.opencontainers.image.revision": $r}} + $more'
}

case "$what" in
  agent) agent_image ;;
  server) server_image ;;
  all) agent_image; server_image ;;
esac
