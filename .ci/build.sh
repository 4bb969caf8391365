# Building: native programs, wasm, the package and the demos. Each function installs its tier first and does
# nothing when nothing changed.

# build_preset PRESET TARGET…: configures once, then builds.
build_preset() {
  local preset=$1 target targets=()
  shift
  for target in "$@"; do targets+=(--target "$target"); done
  (
    cd "$root"
    [ -f "build/$preset/build.ninja" ] || cmake --preset "$preset" >"$tools/cmake.log" 2>&1 ||
      { cat "$tools/cmake.log" >&2; stop "cmake cannot configure $preset"; }
    cmake --build "build/$preset" --parallel "$(jobs_here)" "${targets[@]}" >"$tools/build-$preset.log" 2>&1 ||
      { grep -vE '^(\[[0-9]+/[0-9]+\] [A-Z]|-- )' "$tools/build-$preset.log" | head -n 100 >&2; stop "building $preset failed"; }
  )
}

jobs_here() { nproc 2>/dev/null || echo 2; }

build_native() {
  ensure_compiler
  build_preset "$@"
}

# build_wasm TARGET…: a build folder made by another emcc is made anew.
build_wasm() {
  ensure_wasm_tools
  mkdir -p "$root/build"
  if [ "$(cat "$root/build/wasm.emcc" 2>/dev/null)" != "$emcc" ]; then
    rm -rf "$root/build/wasm"
    printf '%s\n' "$emcc" >"$root/build/wasm.emcc"
  fi
  build_preset wasm "$@"
}

# unchanged STAMP PATH…: true when nothing under the paths is newer than the stamp.
unchanged() {
  local stamp=$1 path paths=()
  shift
  [ -f "$stamp" ] || return 1
  for path in "$@"; do
    [ -e "$path" ] || return 1
    paths+=("$path")
  done
  [ -z "$(find "${paths[@]}" -name node_modules -prune -o -name dist -prune -o -newer "$stamp" -print -quit)" ]
}

# build_script FOLDER PACKAGES INPUT…: runs FOLDER/build.mjs with the npm packages of the folder PACKAGES, when it
# exists and an input has changed.
build_script() {
  local folder=$1 packages=$2 stamp
  shift 2
  [ -f "$folder/build.mjs" ] || { say "build: no ${folder#"$root"/}/build.mjs yet"; return 0; }
  ensure_packages "$packages" "build tools"
  stamp=$root/build/$(basename "$folder").built
  if [ -d "$folder/dist" ] && unchanged "$stamp" "$@"; then return 0; fi
  node "$folder/build.mjs" || stop "${folder#"$root"/}/build.mjs failed"
  touch "$stamp"
}

# build_all: what ./run build does and the browser suites stand on.
build_all() {
  local start
  start=$(now_ms)
  if compgen -G "$root/sdk/src/abi/*.cpp" >/dev/null; then
    build_wasm samara samara_password
  else
    ensure_node
    say "build: no sdk/src/abi yet"
  fi
  build_script "$root/js" "$root/js" "$root/js" "$root/sdk/src/abi/records.def" "$root/sdk/include/samara/error.hpp" \
    "$root/build/wasm/samara.mjs" "$root/build/wasm/samara.wasm" "$root/build/wasm/password.wasm"
  build_script "$root/demos/voice-memos" "$root/demos" "$root/demos" \
    "$root"/js/dist/{index.js,worker.js,idbfs.js,media.js,samara.wasm,password.js,password.wasm}
  say "build: done in $(since "$start") s"
}
