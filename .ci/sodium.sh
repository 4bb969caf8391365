# Getting libsodium's source for wasm from the machine's Debian archive, or from $SAMARA_SODIUM_SOURCE (a folder
# that holds src/libsodium). How it is compiled is sdk/cmake/sodium_wasm.cmake's.

ensure_sodium_source() {
  local folder=$tools/libsodium
  [ ! -f "$folder/src/libsodium/sodium/core.c" ] || return 0
  if [ -n "${SAMARA_SODIUM_SOURCE:-}" ]; then
    ln -sfn "$SAMARA_SODIUM_SOURCE" "$folder"
    return 0
  fi
  has apt-get || stop "please set SAMARA_SODIUM_SOURCE to an unpacked libsodium source"
  apt_install "unpacking Debian sources" "5 s" dpkg-dev
  apt_update
  say "libsodium: downloading its source into .toolchain (2 MB, 10 s)"
  private_apt "$tools/apt-src" "" deb-src
  rm -rf "$tools/libsodium-src" "$folder"
  mkdir -p "$tools/libsodium-src"
  (cd "$tools/libsodium-src" && private_apt_get "$tools/apt-src" source -q libsodium >"$tools/sodium.log" 2>&1) ||
    stop "could not download libsodium's source, see .toolchain/sodium.log"
  mv "$tools"/libsodium-src/libsodium-*/ "$folder"
  rm -rf "$tools/libsodium-src" "$tools/apt-src"
}
