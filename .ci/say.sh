# What every part of ./run uses to speak, to stop and to measure. Knows nothing of tools or suites.

say() { printf '%s\n' "$*" >&2; }

# stop MESSAGE: one clear sentence, then the end. 2 = the environment is not able, 1 = a check failed.
stop() {
  say "run: $*"
  exit 2
}

has() { command -v "$1" >/dev/null 2>&1; }

# at_least HAVE WANT: true when version HAVE >= WANT (dotted numbers).
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

now_ms() { date +%s%3N; }

# since START_MS: the time passed as "12.3".
since() {
  local ms=$(($(now_ms) - $1))
  printf '%d.%d' $((ms / 1000)) $((ms % 1000 / 100))
}
