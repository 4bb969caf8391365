# The commands of ./run, one function each: command_NAME ARGUMENTS.

command_build() {
  [ $# -eq 0 ] || stop "build takes no arguments"
  build_all
}

command_setup() {
  case ${1:-all} in
    native) ensure_compiler ;;
    wasm) ensure_wasm_tools ;;
    browsers) ensure_browsers ;;
    network) ensure_network_tools; ensure_nginx ;;
    all) ensure_wasm_tools; ensure_browsers; ensure_network_tools; ensure_nginx ;;
    *) stop "setup: native, wasm, browsers, network or all" ;;
  esac
}

command_demo() {
  build_all
  ensure_packages "$root/demos" "demo server"
  case " $* " in
    *" --headless "*)
      build_stage
      prepare_drivers
      run_script demos/story.mjs "$@"
      ;;
    *" --contact-sheet "*)
      prepare_drivers
      run_script demos/contact_sheet.mjs "$@"
      ;;
    *" --lan "*)
      ensure_openssl
      run_script demos/serve.mjs "$@"
      ;;
    *)
      build_stage
      run_script demos/serve.mjs "$@"
      ;;
  esac
}

prepare_drivers() {
  ensure_browsers
  ensure_packages "$root/tests" "browser drivers"
}

# build_stage: the page with two phones, which is not part of what is shipped; into build/stage.
build_stage() {
  local stamp=$root/build/stage.built
  if [ -d "$root/build/stage" ] && unchanged "$stamp" "$root/demos" "$root/js/dist/index.js"; then return 0; fi
  node "$root/demos/voice-memos/build.mjs" stage || stop "demos/voice-memos/build.mjs stage failed"
  touch "$stamp"
}

# ensure_openssl: makes the certificate of --lan.
ensure_openssl() { has openssl || apt_install "local certificate" "a few seconds" openssl; }

# ensure_network_tools: other networks on this computer, and browsers that trust a certificate; what --lan is tested with.
ensure_network_tools() {
  ensure_openssl
  if has apt-get; then
    apt_install "network namespaces and browser certificates" "a few seconds" iproute2 libnss3-tools
  else
    has ip && has certutil || stop "please install iproute2 and the NSS tools (certutil)"
  fi
}

# ensure_nginx: what the demo's times are measured beside.
ensure_nginx() { [ -x /usr/sbin/nginx ] || has nginx || apt_install "web server to compare with" "a few seconds" nginx-light; }

command_bench() {
  ensure_node
  ensure_packages "$root/tests" "browser drivers and webtorrent"
  case ${1:-} in
    --pages)
      shift
      prepare_bench
      bench_pages "$@"
      return
      ;;
    --star)
      shift
      prepare_bench
      ensure_network_tools
      ensure_nginx
      run_script tests/bench/star.mjs "$@"
      ;;
  esac
  local listed # what is asked for is checked before anything is built
  listed=$(node "$root/tests/bench/run.mjs" --list "$@") || stop "bench: $listed"
  case " $* " in
    *" --list "* | *" --help "*) printf '%s\n' "$listed"; return ;;
  esac
  prepare_bench
  run_script tests/bench/run.mjs "$@"
}

prepare_bench() {
  build_all
  ensure_browsers
  ensure_packages "$root/demos" "demo server"
}

# bench_pages ARGUMENTS: what the built demo costs on a cold start. The arguments are link_to_sound.mjs's.
bench_pages() {
  ensure_network_tools
  ensure_nginx
  ensure_packages "$root/tests/pages" "Lighthouse"
  node "$root/tests/pages/lighthouse.mjs" || say "bench: Lighthouse is below 95 somewhere"
  run_script tests/pages/link_to_sound.mjs "$@"
}

# run_script PATH ARGUMENTS: a Node script of ours takes over, from the caller's folder.
run_script() {
  local script=$1
  shift
  [ -f "$root/$script" ] || stop "$script is not built yet"
  exec node "$root/$script" "$@"
}

# command_sim: without --peers the simulator's test cases, with many seeds; with it a swarm of that size and of every power
# of ten below, from 10 on. What is not known here is swarm_main.cpp's to refuse.
command_sim() {
  local seed='' runs=200 swarm=()
  while [ $# -gt 0 ]; do
    case $1 in
      --seed) seed=${2:?--seed N} ;;
      --runs) runs=${2:?--runs N} ;;
      --peers | --only | --mib | --scenario | --up | --down) swarm+=("$1" "${2:?$1 needs a value}") ;;
      --svg) mkdir -p "${2:?--svg DIR}"; swarm+=("$1" "$2") ;;
      *) stop "sim: --seed N, --runs N; or --peers N with --mib N, --scenario NAME, --seed N, --svg DIR, --up and --down B/s" ;;
    esac
    shift 2
  done
  if [ ${#swarm[@]} -gt 0 ]; then
    build_native native-release samara_swarm_sim
    "$root/build/native-release/samara_swarm_sim" --seed "${seed:-1}" "${swarm[@]}"
    return
  fi
  [ -n "$seed" ] || seed=$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')
  say "sim: seed $seed, $runs runs"
  build_native native-release samara_tests
  SAMARA_SEED=$seed SAMARA_RUNS=$runs "$root/build/native-release/samara_tests" --source-file='*tests/sim/*'
}

# command_fuzz: each fuzzer for some seconds, from the corpus in git. What it learns is kept in build/fuzz/corpus; an input
# that breaks a promise is in build/fuzz/found, and belongs into tests/fuzz/corpus once it is mended.
command_fuzz() {
  local seed seconds=60 only='' target targets=() failed=0
  seed=$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')
  while [ $# -gt 0 ]; do
    case $1 in
      --seed) seed=${2:?--seed N} ;;
      --seconds) seconds=${2:?--seconds N} ;;
      --only) only=${2:?--only TARGET} ;;
      *) stop "fuzz: --seconds N (each), --seed N, --only TARGET" ;;
    esac
    shift 2
  done
  for target in "$root"/tests/fuzz/corpus/*/; do targets+=("$(basename "$target")"); done
  [ -z "$only" ] || targets=("$only")
  say "fuzz: seed $seed, $seconds s each: ${targets[*]}"
  build_native fuzz samara_fuzzers
  for target in "${targets[@]}"; do
    fuzz_one "$target" "$seed" "$seconds" || failed=$((failed + 1))
  done
  printf '%d passed, %d failed\n' "$((${#targets[@]} - failed))" "$failed"
  [ "$failed" = 0 ]
}

fuzz_one() {
  local target=$1 seed=$2 seconds=$3 folder=$root/build/fuzz corpus=$root/tests/fuzz/corpus/$1
  [ -d "$corpus" ] && [ -x "$folder/fuzz_$target" ] || stop "no fuzzer $target"
  mkdir -p "$folder/corpus/$target" "$folder/found"
  if "$folder/fuzz_$target" -seed="$seed" -max_total_time="$seconds" -max_len=16384 -timeout=10 -rss_limit_mb=2048 \
    -print_final_stats=1 -artifact_prefix="$folder/found/$target-" "$folder/corpus/$target" "$corpus" >"$folder/$target.log" 2>&1; then
    printf '%-9s ok: %s\n' "$target" "$(sed -nE 's/^Done ([0-9]+) runs in ([0-9]+) .*/\1 inputs in \2 s/p' "$folder/$target.log")"
  else
    tail -n 40 "$folder/$target.log"
    printf '%-9s FAILED, see build/fuzz/found\n' "$target"
    return 1
  fi
}
# command_soak: --kills N, --seed N, --only PATTERN go to the runner.
command_soak() {
  prepare_browsers
  node "$root/tests/soak/run.mjs" "$@"
}

# command_test: the suites one after another, each in a shell of its own; a failed one does not stop the rest.
command_test() {
  local quick=0 only='' suite
  while [ $# -gt 0 ]; do
    case $1 in
      --quick) quick=1 ;;
      --only) only=${2:?--only SUITE}; shift ;;
      --list) printf '%s\n' "${quick_suites[@]}" "${browser_suites[@]}"; return ;;
      *) stop "test: --quick, --only SUITE, --list" ;;
    esac
    shift
  done
  local suites=("${quick_suites[@]}")
  [ "$quick" = 1 ] || suites+=("${browser_suites[@]}")
  if [ -n "$only" ]; then
    declare -F "suite_$only" >/dev/null || stop "no suite $only; ./run test --list names them"
    suites=("$only")
  fi
  run_suites "${suites[@]}"
}
