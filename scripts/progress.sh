# Sourced by the scripts that take minutes: one line per step that says what runs, which step it is
# and for how long. bash, not a program.
# shellcheck shell=bash

# elapsed SECONDS: 00:41
elapsed() { printf '%02d:%02d' $(($1 / 60)) $(($1 % 60)); }

# step LABEL LOG COMMAND...: runs the command with its output in LOG. On a terminal the line counts
# the time; elsewhere a line comes every 30 s, so that a log shows that it is alive. When the command
# fails, shows the end of LOG and returns its status. A Ctrl-C stops the command too.
step() {
  local label=$1 log=$2 pid status=0 began=$SECONDS
  shift 2
  mkdir -p "$(dirname "$log")"
  "$@" </dev/null >"$log" 2>&1 &
  pid=$!
  # A background command ignores Ctrl-C, so it is stopped here.
  trap 'kill "$pid" 2>/dev/null; trap - INT; kill -INT $$' INT
  [[ -t 1 ]] || printf '%s ...\n' "$label"
  while kill -0 "$pid" 2>/dev/null; do
    if [[ -t 1 ]]; then
      printf '\r%s ... %s ' "$label" "$(elapsed $((SECONDS - began)))"
    elif (((SECONDS - began) % 30 == 29)); then
      printf '%s ... %s\n' "$label" "$(elapsed $((SECONDS - began)))"
    fi
    # Short commands are not made longer by a whole second.
    if ((SECONDS - began < 2)); then sleep 0.1; else sleep 1; fi
  done
  wait "$pid" || status=$?
  trap - INT
  [[ ! -t 1 ]] || printf '\r'
  if ((status == 0)); then
    printf '%s ... done in %s\n' "$label" "$(elapsed $((SECONDS - began)))"
  else
    printf '%s ... FAILED after %s; the end of %s:\n' "$label" "$(elapsed $((SECONDS - began)))" "$log"
    tail -n 20 "$log"
  fi
  return "$status"
}
