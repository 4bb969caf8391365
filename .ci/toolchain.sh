# The tiers of tools: native (compilers), wasm (Emscripten, libsodium's source), browsers. Each function returns at
# once when its tier is there. Needs $root; everything fetched goes to the git-ignored .toolchain/.

tools=$root/.toolchain
mkdir -p "$tools"

for part in say apt apt-private node emscripten sodium; do
  # shellcheck source=/dev/null
  . "$root/.ci/$part.sh"
done

# ensure_compiler: clang >= 19 with libc++, CMake and Ninja, the header-only libraries and native libsodium.
ensure_compiler() {
  if has apt-get; then
    apt_install "C++ tools" "1 min" clang-19 lld-19 llvm-19 libc++-19-dev libc++abi-19-dev libclang-rt-19-dev \
      libsodium-dev nlohmann-json3-dev doctest-dev ninja-build cmake
  else
    local program
    for program in cmake ninja; do
      has "$program" || stop "please install $program, clang >= 19 with libc++ and lld, libsodium, nlohmann-json, doctest"
    done
  fi
}

ensure_wasm_tools() {
  ensure_node
  ensure_compiler
  ensure_emscripten
  ensure_sodium_source
}

# ensure_browsers: what the browser suites drive, and what makes their fake microphone's recording.
ensure_browsers() {
  if has apt-get; then
    apt_install "test browsers" "1 min" chromium firefox-esr espeak-ng sox fonts-dejavu-core
  else
    has chromium && has firefox || stop "please install chromium, firefox, espeak-ng and sox"
  fi
}
