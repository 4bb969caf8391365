# The test suites, in order, and their runner. A suite is a function suite_NAME that ends with 0 when all passed;
# it runs in a shell of its own (./run suite NAME), so `set -e` holds in it.

quick_suites=(layering style docs native wasm parity types js)
browser_suites=(browsers net demo story)

not_yet() { printf 'no %s yet\n0 passed, 0 failed\n' "$1"; }

suite_layering() {
  ensure_node
  node "$root/tests/layering.mjs"
}

suite_style() {
  ensure_node
  node "$root/tests/style.mjs"
}

# What docs/ says of limits, codes, tests and files is so.
suite_docs() {
  ensure_node
  node "$root/tests/docs.mjs"
}

# Address and undefined-behaviour sanitizers: unit, simulator and hostile-peer tests.
suite_native() {
  build_native asan-ubsan samara_tests
  "$root/build/asan-ubsan/samara_tests" --no-colors=true
}

suite_wasm() {
  build_wasm samara_tests
  node "$root/build/wasm/samara_tests.js" --no-colors=true
}

# The same scenario, natively and in wasm, must give the same output trace.
suite_parity() {
  [ -f "$root/tests/parity/trace_main.cpp" ] || { not_yet "tests/parity"; return 0; }
  build_native asan-ubsan samara_trace
  build_wasm samara_trace
  local native wasm
  native=$("$root/build/asan-ubsan/samara_trace")
  wasm=$(node "$root/build/wasm/samara_trace.js")
  printf 'native %s\nwasm   %s\n' "$native" "$wasm"
  [ -n "$native" ] && [ "$native" = "$wasm" ]
}

suite_types() {
  ensure_node
  [ -f "$root/js/tsconfig.json" ] || { not_yet "js/tsconfig.json"; return 0; }
  ensure_packages "$root/js" "TypeScript"
  ensure_packages "$root/demos" "the demo's libraries"
  local project
  for project in js demos demos/voice-memos tests; do
    [ ! -f "$root/$project/tsconfig.json" ] || node "$root/js/node_modules/typescript/bin/tsc" --noEmit -p "$root/$project"
  done
}

suite_js() {
  [ -d "$root/tests/js" ] || { ensure_node; not_yet "tests/js"; return 0; }
  build_all
  ensure_packages "$root/tests" "test tools"
  local files=("$root"/tests/js/*.test.mjs)
  [ -f "${files[0]}" ] || { not_yet "tests in tests/js"; return 0; }
  node --test "${files[@]}"
}

suite_browsers() {
  [ -f "$root/tests/browser/run.mjs" ] || { ensure_node; not_yet "tests/browser"; return 0; }
  prepare_browsers
  node "$root/tests/browser/run.mjs"
}

# Browsers in network namespaces that cannot all reach each other. Needs root.
suite_net() {
  prepare_browsers
  ensure_network_tools
  node "$root/tests/net/run.mjs"
}

# The app that people see, and the demo's own server; --lan in a second network namespace.
suite_demo() {
  [ -f "$root/tests/demo/run.mjs" ] || { ensure_node; not_yet "tests/demo"; return 0; }
  prepare_browsers
  build_stage
  ensure_network_tools
  node "$root/tests/demo/run.mjs"
}

suite_story() {
  [ -f "$root/demos/story.mjs" ] || { ensure_node; not_yet "demos/story.mjs"; return 0; }
  prepare_browsers
  build_stage
  node "$root/demos/story.mjs" --headless
}

prepare_browsers() {
  build_all
  ensure_browsers
  ensure_packages "$root/demos" "demo server"
  ensure_packages "$root/tests" "browser drivers and webtorrent"
}

# run_suites NAME…: logs to build/test/NAME.log, then a table and the last line "N passed, N failed".
run_suites() {
  local logs=$root/build/test suite start status counts table='' passed=0 failed=0 begin
  mkdir -p "$logs"
  begin=$(now_ms)
  for suite in "$@"; do
    echo "== $suite"
    start=$(now_ms)
    status=ok
    "$root/run" suite "$suite" </dev/null 2>&1 | tee "$logs/$suite.log" || status=FAILED
    read -ra counts <<<"$(suite_counts "$logs/$suite.log" "$status")"
    echo "== $suite $status $(since "$start") s"
    table+=$(printf '%-10s %-6s %5d passed %4d failed %8s s' "$suite" "$status" "${counts[@]}" "$(since "$start")")$'\n'
    passed=$((passed + counts[0]))
    failed=$((failed + counts[1]))
  done
  printf '\n%sall suites in %s s\n%d passed, %d failed\n' "$table" "$(since "$begin")" "$passed" "$failed"
  [ "$failed" = 0 ]
}

# suite_counts LOG STATUS: "PASSED FAILED" from what doctest, node --test or our own scripts print last; a suite
# that says nothing counts as one test, and a failed suite has at least one failure.
suite_counts() {
  local found
  found=$(sed -nE \
    -e 's/^\[doctest\] test cases: *[0-9]+ *\| *([0-9]+) passed *\| *([0-9]+) failed.*/\1 \2/p' \
    -e 's/^([0-9]+) passed, ([0-9]+) failed.*/\1 \2/p' \
    -e 's/^(# |ℹ )pass ([0-9]+)$/pass \2/p' -e 's/^(# |ℹ )fail ([0-9]+)$/fail \2/p' "$1" |
    awk '$1 == "pass" { p = $2; next } $1 == "fail" { f = $2; next } { p = $1; f = $2 } END { if (p != "") print p, f + 0 }')
  [ -n "$found" ] || { [ "$2" = ok ] && found="1 0" || found="0 1"; }
  case "$2 $found" in
    "FAILED "*" 0") found="${found% *} 1" ;;
  esac
  echo "$found"
}
