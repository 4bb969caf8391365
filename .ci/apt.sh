# Installing Debian packages: says what, how much and why before it downloads. Knows no package names.

apt_updated=0

can_be_root() { [ "$(id -u)" = 0 ] || { has sudo && { [ -t 0 ] || sudo -n true 2>/dev/null; }; }; }

as_root() {
  local prefix=()
  [ "$(id -u)" = 0 ] || prefix=(sudo)
  "${prefix[@]}" env DEBIAN_FRONTEND=noninteractive "$@"
}

# apt_update: fresh lists, once per run; an ordinary user without sudo goes on with the ones that are there.
apt_update() {
  [ "$apt_updated" = 0 ] && can_be_root || return 0
  as_root apt-get update -q -o Acquire::Retries=3 >/dev/null || stop "apt-get update failed; is the network there?"
  apt_updated=1
}

# apt_install REASON TIME PACKAGE…: installs what is missing of them. An ordinary user gets sudo's question, or,
# where there is no sudo, the line to run and the end.
apt_install() {
  local reason=$1 time=$2 package installed missing=() size
  shift 2
  installed=$(dpkg-query -W -f='${db:Status-Abbrev} ${Package}\n' "$@" 2>/dev/null | sed -n 's/^ii *//p' || true)
  for package in "$@"; do
    grep -qxF "$package" <<<"$installed" || missing+=("$package")
  done
  [ "${#missing[@]}" -gt 0 ] || return 0
  has apt-get || stop "$reason: please install what Debian calls ${missing[*]}"
  can_be_root || stop "$reason: this needs root. Please run this line, then start again:
  apt-get update && apt-get install --no-install-recommends ${missing[*]}"
  apt_update
  size=$( (LC_ALL=C apt-get install -q --no-install-recommends --assume-no "${missing[@]}" 2>/dev/null || true) |
    sed -n 's/^Need to get \(.*\) of archives.*/\1/p')
  say "$reason: apt installs ${missing[*]} (${size:-size unknown}, about $time)"
  as_root apt-get install -q -y --no-install-recommends -o Dpkg::Use-Pty=0 -o Acquire::Retries=3 "${missing[@]}" \
    </dev/null >"$tools/apt.log" 2>&1 || { tail -n 20 "$tools/apt.log" >&2; stop "apt could not install ${missing[*]}"; }
}
