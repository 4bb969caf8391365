# A private apt, for another suite or for sources, beside the machine's own: same hosts, own lists, no root,
# nothing installed. Hosts are read from the machine's configuration and never written into the repository.

# private_apt FOLDER SUITE deb|deb-src: makes its configuration and fetches its lists.
private_apt() {
  local folder=$1 suite=$2 type=$3
  mkdir -p "$folder/lists/partial" "$folder/cache/archives/partial"
  machine_sources | while read -r uri codename keyring; do
    printf 'Types: %s\nURIs: %s\nSuites: %s\nComponents: main\n' "$type" "$uri" "${suite:-$codename}"
    [ "$keyring" = - ] || printf 'Signed-By: %s\n' "$keyring"
    echo
  done >"$folder/machine.sources"
  [ -s "$folder/machine.sources" ] || stop "no Debian source found in this machine's apt configuration"
  private_apt_get "$folder" update -q >/dev/null || stop "apt cannot read the suite ${suite:-of this machine}"
}

# machine_sources: one line "URI CODENAME KEYRING" for the machine's main Debian archive.
machine_sources() {
  apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(SUITE) $(SIGNED_BY) $(LABEL)' \
    'Created-By: Packages' 'Component: main' |
    awk '$NF == "Debian" && $2 !~ /-/ { print $1, $2, ($4 ~ /^\// ? $4 : "-"); exit }'
}

private_apt_get() {
  local folder=$1
  shift
  apt-get -o Dir::Etc::sourcelist="$folder/machine.sources" -o Dir::Etc::sourceparts=/dev/null \
    -o Dir::State::lists="$folder/lists" -o Dir::Cache="$folder/cache" -o APT::Get::List-Cleanup=false \
    -o APT::Sandbox::User="$(id -un)" -o Acquire::Retries=3 -o APT::Default-Release= "$@"
}
