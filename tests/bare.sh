#!/usr/bin/env bash
# The promise of README, tried for real: in a Debian 12 that holds nothing but git and certificates, a clone of this
# repository builds and passes the quick tests. Needs root. Makes build/bare (about 5 GB) and leaves it for the next
# run; --fresh starts from nothing. Copies the machine's apt and npm configuration, so that registries are reachable.
#
#   tests/bare.sh [--fresh] [--suite NAME] [--worktree] [COMMAND…]     default: './run build', './run test --quick'
#   --suite: another Debian than bookworm, in build/bare-NAME; --worktree: the files as they are, not the last commit
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
suite=bookworm
chroot=$root/build/bare
mounts=(proc dev)

main() {
  local worktree=0 fresh=0
  [ "$(id -u)" = 0 ] || { echo "bare.sh needs root (debootstrap, chroot)" >&2; exit 2; }
  while [ $# -gt 0 ]; do
    case $1 in
      --fresh) fresh=1 ;;
      --suite) suite=$2 chroot=$root/build/bare-$2; shift ;;
      --worktree) worktree=1 ;;
      *) break ;;
    esac
    shift
  done
  [ "$fresh" = 0 ] && [ -f "$chroot/ready" ] || make_chroot
  trap unmount_all EXIT
  mount_all
  copy_sources "$worktree"
  [ $# -gt 0 ] || set -- './run build' './run build' './run test --quick'
  local command
  for command in "$@"; do
    echo "bare: $command"
    time in_chroot "cd /project && $command"
  done
}

make_chroot() {
  remove_chroot
  command -v debootstrap >/dev/null || apt-get install -y --no-install-recommends debootstrap
  local archive
  archive=$(apt-get indextargets --format '$(REPO_URI) $(LABEL)' 'Created-By: Packages' | awk '$2 == "Debian" { print $1; exit }')
  echo "bare: debootstrap $suite into ${chroot#"$root"/} (200 MB, about 75 s)"
  mkdir -p "$chroot"
  debootstrap --variant=minbase --include=git,ca-certificates "$suite" "$chroot" "$archive" >"$root/build/bare.log" 2>&1 ||
    { tail -n 20 "$root/build/bare.log" >&2; exit 1; }
  copy_configuration
  touch "$chroot/ready"
}

# Where packages come from and how they are reached: apt sources, proxies and certificates, npm's configuration.
copy_configuration() {
  local file
  rm -f "$chroot/etc/apt/sources.list"
  for file in /etc/apt/sources.list /etc/apt/sources.list.d /etc/apt/auth.conf /etc/apt/auth.conf.d /etc/apt/apt.conf \
    /etc/hosts /etc/resolv.conf /etc/npmrc /usr/local/share/ca-certificates "$HOME/.npmrc" /usr/share/keyrings; do
    [ ! -e "$file" ] || { mkdir -p "$chroot$(dirname "$file")"; cp -rL "$file" "$chroot$(dirname "$file")/"; }
  done
  find "$chroot"/etc/apt/sources.list* -type f -exec sed -i "s/\b$(. /etc/os-release && echo "$VERSION_CODENAME")\b/$suite/g" {} +
  for file in /etc/apt/apt.conf.d/*; do
    if grep -qiE 'proxy|verify|auth|retries' "$file"; then cp "$file" "$chroot/etc/apt/apt.conf.d/"; fi
  done
  npm config get registry 2>/dev/null | sed 's/^/registry=/' >>"$chroot$HOME/.npmrc" || true
  chroot "$chroot" update-ca-certificates >/dev/null 2>&1 || true
}

# A clone of the last commit, keeping what an earlier run fetched (.toolchain, build).
copy_sources() {
  local clone=$root/build/bare-clone
  rm -rf "$clone"
  if [ "$1" = 1 ]; then
    mkdir -p "$clone"
    (cd "$root" && git ls-files -z --cached --others --exclude-standard | tar --null -T - --ignore-failed-read -cf -) | tar -C "$clone" -xf -
  else
    git clone -q --no-hardlinks "$root" "$clone"
  fi
  mkdir -p "$chroot/project"
  find "$chroot/project" -mindepth 1 -maxdepth 1 ! -name .toolchain ! -name build -exec rm -rf {} +
  cp -r "$clone/." "$chroot/project/"
  rm -rf "$clone"
}

in_chroot() {
  local proxies=()
  mapfile -t proxies < <(env | grep -iE '^(https?|no|all)_proxy=|^NODE_EXTRA_CA_CERTS=' || true)
  chroot "$chroot" env -i HOME="$HOME" PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    LANG=C.UTF-8 CI=true "${proxies[@]}" bash -c "$1" </dev/null
}

mount_all() {
  local name
  for name in "${mounts[@]}"; do
    mountpoint -q "$chroot/$name" || mount --rbind "/$name" "$chroot/$name"
    mount --make-rslave "$chroot/$name"
  done
}

unmount_all() {
  local name
  for name in "${mounts[@]}"; do
    ! mountpoint -q "$chroot/$name" || umount -R -l "$chroot/$name"
  done
}

# Never removes through a mount: /dev of the machine would go with it.
remove_chroot() {
  unmount_all
  if grep -q " $chroot/" /proc/mounts; then echo "bare.sh: something is still mounted in $chroot" >&2; exit 1; fi
  rm -rf --one-file-system "$chroot"
}

main "$@"
