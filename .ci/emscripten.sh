# Getting Emscripten: one on PATH when new enough, else Debian's package, else (Debian 12) Debian 13's package
# unpacked beside the project and run by Debian 12's LLVM 19. Knows nothing of what is compiled with it.

emcc_wanted=3.1.69
emcc_root=$tools/emscripten/usr/share/emscripten

# emcc_version EMCC: "3.1.69", or nothing when it does not run.
emcc_version() { "$1" --version 2>/dev/null </dev/null | sed -n '1s/.* \([0-9]\+\.[0-9.]\+[0-9]\).*/\1/p'; }

# ensure_emscripten: afterwards $emcc is a usable emcc and sdk/cmake/wasm.cmake finds it by SAMARA_EMCC.
ensure_emscripten() {
  local found
  for found in "${EMSDK:+$EMSDK/upstream/emscripten/emcc}" emcc; do
    [ -n "$found" ] && has "$found" || continue
    use_emcc "$(command -v "$found")" && return 0
  done
  if [ "$(cat "$tools/emscripten.ok" 2>/dev/null)" != "$tools" ]; then # absent, or the folder has moved
    has apt-get || stop "please install Emscripten $emcc_wanted or newer (emsdk) and put emcc on PATH"
    if at_least "$(debian_emscripten)" "$emcc_wanted"; then
      apt_install "Emscripten" "2 min" emscripten
      use_emcc "$(command -v emcc)" && return 0
    fi
    unpack_emscripten
  fi
  configure_emscripten "$tools/emscripten"
  emcc=$emcc_root/emcc
  export SAMARA_EMCC=$emcc
}

# use_emcc EMCC: takes it if it is new enough; the answer is remembered, since asking emcc takes half a second.
use_emcc() {
  local version stamp
  stamp="$tools/emcc-$(printf '%s' "$1" | tr -c 'a-zA-Z0-9\n' _)"
  [ "$stamp" -nt "$1" ] || emcc_version "$1" >"$stamp"
  version=$(cat "$stamp")
  if [ -z "$version" ] || ! at_least "$version" "$emcc_wanted"; then
    say "ignoring $1 ${version:-(it does not run)}: $emcc_wanted or newer is needed"
    return 1
  fi
  emcc=$1
  export SAMARA_EMCC=$emcc
  own_cache "$(dirname "$(readlink -f "$emcc")")/cache"
}

# own_cache CACHE: emcc adds to its cache of system libraries; where that is the system's, it works on a copy.
own_cache() {
  [ -d "$1" ] && [ ! -w "$1" ] || return 0
  [ -d "$tools/emcache" ] || cp -r "$1" "$tools/emcache"
  export EM_CACHE=$tools/emcache
}

debian_emscripten() {
  apt_update
  apt-cache policy emscripten | sed -n 's/^ *Candidate: \([0-9.]*\).*/\1/p' | grep . || echo 0
}

unpack_emscripten() {
  local folder=$tools/emscripten
  apt_install "LLVM 19 and Python for Emscripten" "1 min" clang-19 lld-19 llvm-19 node-acorn python3
  say "Emscripten: downloading Debian 13's packages into .toolchain (240 MB, 1.7 GB unpacked, about 1 min)"
  private_apt "$folder/apt" trixie deb
  rm -rf "$folder/usr" "$folder/root" "$folder/debs"
  mkdir -p "$folder/debs" "$folder/root"
  (cd "$folder/debs" && private_apt_get "$folder/apt" -qq download emscripten binaryen libc6 libstdc++6 libgcc-s1) ||
    stop "could not download Emscripten's packages"
  local deb
  for deb in "$folder"/debs/emscripten_*.deb; do dpkg -x "$deb" "$folder"; done
  for deb in "$folder"/debs/{binaryen,libc6,libstdc++6,libgcc-s1}_*.deb; do dpkg -x "$deb" "$folder/root"; done
  rm -rf "$folder/debs"
  wrap_binaryen "$folder/root"
  ln -sfn /usr/share/nodejs "$emcc_root/node_modules"
  configure_emscripten "$folder"
  [ -n "$(emcc_version "$emcc_root/emcc")" ] || stop "the unpacked Emscripten does not run: $emcc_root/emcc --version"
  echo "$tools" >"$tools/emscripten.ok"
}

# wrap_binaryen ROOT: binaryen needs a newer libc than this system's, so each program runs under its own loader.
wrap_binaryen() {
  local root=$1 loader libraries program
  loader=$(find "$root" -name 'ld-linux-*.so.*' | sort | tail -n 1)
  libraries=$(dirname "$(find "$root" -name 'libstdc++.so.6' | head -n 1)")
  mkdir -p "$root/binaryen/bin"
  for program in "$root"/usr/bin/*; do
    has_elf "$program" || continue
    printf '#!/bin/sh\nexec "%s" --library-path "%s" "%s" "$@"\n' "$loader" "$libraries:$root/usr/lib" "$program" \
      >"$root/binaryen/bin/$(basename "$program")"
  done
  chmod +x "$root"/binaryen/bin/*
}

has_elf() { [ "$(head -c 4 "$1" | tail -c 3)" = ELF ]; }

# configure_emscripten FOLDER: written anew only when it changes ($node may have), as emcc watches its date.
configure_emscripten() {
  local config
  config=$(printf "%s = '%s'\n" LLVM_ROOT /usr/lib/llvm-19/bin BINARYEN_ROOT "$1/root/binaryen" \
    NODE_JS "$node" CACHE "$emcc_root/cache")
  [ "$config" = "$(cat "$emcc_root/.emscripten" 2>/dev/null)" ] || printf '%s\n' "$config" >"$emcc_root/.emscripten"
}
