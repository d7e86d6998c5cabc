# Debian packages → root file system, without root and without running a script of theirs. Sourced after eng/dev/lib.sh.
# shellcheck shell=bash

IMAGES="$PWD/artifacts/images"
SUITE=bookworm

# apt_for <architecture> <arguments…>: apt-get with lists, cache and architecture of its own; what this machine has installed does not matter to it.
apt_for() {
  local arch="$1" home="$IMAGES/apt/$1"
  shift
  apt-get -q -o Dir::State="$home/state" -o Dir::State::status="$home/status" -o Dir::Cache="$home/cache" \
    -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$home/sources" -o Dir::Etc::preferencesparts=/dev/null \
    -o APT::Architecture="$arch" -o APT::Architectures::="$arch" -o APT::Sandbox::User="$(id -un)" -o Acquire::Languages=none "$@"
}

update_lists() {
  local arch="$1" home="$IMAGES/apt/$1"
  mkdir -p "$home/state/lists/partial" "$home/cache/archives/partial" "$home/sources" "$home/debs"
  # Lists of yesterday would give yesterday's security fixes.
  [ -z "$(find "$home/updated" -mmin -1440 2>/dev/null)" ] || return 0
  : >"$home/status"
  # The mirror that this machine is set up for, if it is one of the same Debian; else Debian's own.
  if grep -qsw "$SUITE" /etc/apt/sources.list.d/debian.sources; then
    cp /etc/apt/sources.list.d/debian.sources "$home/sources/debian.sources"
  else
    local key=/usr/share/keyrings/debian-archive-keyring.gpg
    printf "deb [signed-by=$key] %s main\n" "http://deb.debian.org/debian $SUITE" "http://deb.debian.org/debian $SUITE-updates" \
      "http://deb.debian.org/debian-security $SUITE-security" >"$home/sources/debian.list"
  fi
  if ! with_progress "package lists of Debian $SUITE ($arch)" "$LOGS/images-apt.log" apt_for "$arch" update; then
    tail -n 5 "$LOGS/images-apt.log" >&2
    fail 2 "Debian's package lists for $arch could not be fetched; the whole output is in $LOGS/images-apt.log"
  fi
  touch "$home/updated"
}

# fetch_packages <architecture> <list file>: downloads what is listed and is not here yet; the files' names are in PACKAGES.
fetch_packages() {
  local arch="$1" list="$2" home="$IMAGES/apt/$1" names uris file
  update_lists "$arch"
  mapfile -t names < <(sed 's/#.*//; /^ *$/d' "$list")
  # In an empty folder: apt keeps silent about what it finds downloaded.
  uris="$(cd "$home/sources" && apt_for "$arch" download --print-uris "${names[@]}" 2>"$home/error")" ||
    fail 2 "a package of $list is not to be had for $arch: $(grep -m 3 '^E:' "$home/error")"
  PACKAGES=()
  local missing=()
  while read -r _ file _; do
    # apt tells the name as an address has it, and writes it as it is but for the epoch's colon.
    file="${file//%2b/+}" file="${file//%7e/\~}"
    PACKAGES+=("$home/debs/$file")
    [ -s "$home/debs/$file" ] || missing+=("${file%%_*}")
  done <<<"$uris"
  [ ${#PACKAGES[@]} -eq ${#names[@]} ] || fail 2 "$list names ${#names[@]} packages, and apt answered with ${#PACKAGES[@]}"
  if [ ${#missing[@]} -gt 0 ] && ! with_progress "downloading ${#missing[@]} packages for $arch" "$LOGS/images-apt.log" download_packages "$arch" "${missing[@]}"; then
    tail -n 5 "$LOGS/images-apt.log" >&2
    fail 2 "a package could not be downloaded; the whole output is in $LOGS/images-apt.log"
  fi
}
download_packages() { (cd "$IMAGES/apt/$1/debs" && apt_for "$1" download "${@:2}"); }

# unpack <folder>: PACKAGES as a root file system in a new folder.
unpack() {
  local root="$1" package link
  rm -rf "$root"
  mkdir -p "$root"/usr/{bin,sbin,lib,lib64} "$root"/{etc,root,run,proc,sys,dev,home} "$root"/var/lib/dpkg/status.d "$root"/tmp "$root"/var/tmp
  chmod 1777 "$root/tmp" "$root/var/tmp"
  chmod 700 "$root/root"
  # Debian 12 has one tree of programs and libraries; packages may still name the old places.
  for link in bin sbin lib lib64; do ln -s "usr/$link" "$root/$link"; done
  for package in "${PACKAGES[@]}"; do
    dpkg-deb --fsys-tarfile "$package" | tar -x -p --no-same-owner --keep-directory-symlink -C "$root" --exclude='./usr/share/man/*' --exclude='./usr/share/info/*' \
      --exclude='./usr/share/locale/*' --exclude='./usr/share/lintian/*' --exclude='./usr/share/bash-completion/*' --exclude='./usr/share/bug/*' --exclude='./usr/share/gitweb/*' --exclude='./usr/share/zsh/*' --exclude='./usr/share/apport/*' --exclude='./usr/share/doc-base/*' --exclude='./etc/systemd/*' --exclude='./usr/lib/systemd/*' --exclude='./lib/systemd/*'
    dpkg-deb -f "$package" Package Version Architecture Source >"$root/var/lib/dpkg/status.d/$(dpkg-deb -f "$package" Package)"
  done
  # Of the documentation, licences stay.
  find "$root/usr/share/doc" -not -type d -not -name copyright -delete
  find "$root/usr/share/doc" -type d -empty -delete
  # Nobody becomes anybody else in a container of ours.
  find "$root" -xdev -type f -perm /6000 -exec chmod a-s {} +
  # As base-files' own script leaves it.
  rm -rf "$root"/var/run "$root"/var/lock
  ln -s /run "$root/var/run"
  ln -s /run/lock "$root/var/lock"
  mkdir -p "$root/run/lock"
  chmod 755 "$root"
}

# finish <folder> <user> <home>: what the packages' scripts would have made, and one user, 1000.
finish() {
  local root="$1" user="$2" home="$3"
  printf '%s\n' 'root:x:0:0:root:/root:/bin/sh' 'nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin' "$user:x:1000:1000:$user:$home:$([ -e "$root/bin/bash" ] && echo /bin/bash || echo /bin/sh)" >"$root/etc/passwd"
  printf '%s\n' 'root:x:0:' 'nogroup:x:65534:' "$user:x:1000:" >"$root/etc/group"
  printf '%s\n' 'passwd: files' 'group: files' 'hosts: files dns' 'services: files' 'protocols: files' >"$root/etc/nsswitch.conf"
  ln -sf dash "$root/usr/bin/sh"
  [ ! -e "$root/usr/bin/mawk" ] || ln -sf mawk "$root/usr/bin/awk"
  mkdir -p "$root/etc/ssl/certs"
  # One line feed between two certificates, whatever the files end with.
  find "$root/usr/share/ca-certificates" -name '*.crt' -print0 | LC_ALL=C sort -z | xargs -0 awk 1 >"$root/etc/ssl/certs/ca-certificates.crt"
  ln -sf /usr/share/zoneinfo/Etc/UTC "$root/etc/localtime"
  [ -e "$root/etc/debian_version" ] || fail 1 "base-files is missing in $root"
}

# check_libraries <folder>: every program there finds its libraries there.
check_libraries() {
  local root="$1" needed=() library missing=()
  mapfile -t needed < <(find "$root/usr/bin" "$root/usr/sbin" "$root/usr/lib" -type f \( -perm /111 -o -name '*.so*' \) -print0 |
    xargs -0 readelf -d 2>/dev/null | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort -u)
  for library in "${needed[@]}"; do
    [ -n "$(find "$root/usr/lib" "$root/usr/lib64" -name "$library" -print -quit)" ] || missing+=("$library")
  done
  [ ${#missing[@]} -eq 0 ] || fail 1 "programs of the image need libraries that no listed package has: ${missing[*]}. Add their packages to eng/images/*.packages."
}

# debian_base <agent|server> <architecture> <user> <home>: Debian's part of an image, made once per set of packages. Its folder is in BASE, its key in BASE.key.
debian_base() {
  local name="$1" arch="$2" key
  mkdir -p "$IMAGES"
  exec 7>"$IMAGES/lock"
  flock 7
  fetch_packages "$arch" "eng/images/$name.packages"
  key="$( (printf '%s\n' "${PACKAGES[@]##*/}" "$3" "$4"; cat eng/images/rootfs.sh) | sha256sum | cut -c1-16)"
  BASE="$IMAGES/base/$name-$arch"
  if [ "$(cat "$BASE.key" 2>/dev/null)" != "$key" ]; then
    rm -f "$BASE.key" "$BASE.layer"
    step "base of $name: ${#PACKAGES[@]} packages of Debian $SUITE, $arch"
    unpack "$BASE"
    finish "$BASE" "$3" "$4"
    check_libraries "$BASE"
    echo "$key" >"$BASE.key"
  fi
  exec 7>&-
}
