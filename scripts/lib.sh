# Sourced by the other scripts: progress lines, and processes that are surely ours.
# shellcheck shell=bash

# elapsed SECONDS: 00:41
elapsed() { printf '%02d:%02d' $(($1 / 60)) $(($1 % 60)); }

# how_far LOG SECONDS: " 12/61, about 01:20 left", from the last "[12/61]" at the begin of a line in
# LOG, as ninja writes it, SECONDS after the start. Nothing where there is none.
how_far() {
  local last so_far total
  last=$(tail -c 4096 "$1" 2>/dev/null | grep -o '^\[[0-9]*/[0-9]*\]' | tail -n 1) || return 0
  IFS='[/]' read -r _ so_far total <<<"$last"
  printf ' %d/%d' "$so_far" "$total"
  ((so_far == 0)) || printf ', about %s left' "$(elapsed $(($2 * (total - so_far) / so_far)))"
}

# step LABEL LOG COMMAND...: runs the command with its output in LOG, and says what runs, for how
# long, how far it is, and how long it will take from here. On a terminal one line counts; elsewhere
# a line comes every 30 s. When the command fails, shows the end of LOG and returns its status. A
# Ctrl-C stops the command too.
step() {
  local label=$1 log=$2 pid status=0 began=$SECONDS took next_line=30
  shift 2
  mkdir -p "$(dirname "$log")"
  "$@" </dev/null >"$log" 2>&1 &
  pid=$!
  # A background command ignores Ctrl-C, so it is stopped here.
  trap 'kill "$pid" 2>/dev/null; trap - INT; kill -INT $$' INT
  [[ -t 1 ]] || printf '%s ...\n' "$label"
  while kill -0 "$pid" 2>/dev/null; do
    took=$((SECONDS - began))
    if [[ -t 1 ]]; then
      printf '\r%s ... %s%s\033[K' "$label" "$(elapsed $took)" "$(how_far "$log" $took)"
    elif ((took >= next_line)); then
      printf '%s ... %s%s\n' "$label" "$(elapsed $took)" "$(how_far "$log" $took)"
      next_line=$((next_line + 30))
    fi
    # A short command is not made longer by a whole second.
    if ((took < 2)); then sleep 0.1; else sleep 1; fi
  done
  wait "$pid" || status=$?
  trap - INT
  [[ ! -t 1 ]] || printf '\r\033[K'
  if ((status == 0)); then
    printf '%s ... done in %s\n' "$label" "$(elapsed $((SECONDS - began)))"
  else
    printf '%s ... FAILED after %s; the end of %s:\n' "$label" "$(elapsed $((SECONDS - began)))" "$log"
    tail -n 40 "$log"
  fi
  return "$status"
}

# A loopback port below the ephemeral range that nobody answers on. Somebody may still take it first.
free_port() {
  local port
  while port=$((20000 + RANDOM % 12000)); (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
  echo "$port"
}

# start_time PID: the kernel's start time of a living process. With it a pid file also recognizes a
# stranger that got the pid after a crash.
start_time() {
  local stat fields
  { stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 1
  # The fields after the name, which may hold spaces: state first, start time 20th.
  read -ra fields <<<"${stat##*) }"
  [[ ${fields[0]} != Z ]] && echo "${fields[19]}"
}

# process_start PIDFILE LOG COMMAND...: runs the command in its own session, so that a Ctrl-C in the
# terminal does not reach it before its turn.
process_start() {
  local pid_file=$1 log=$2
  shift 2
  setsid "$@" </dev/null >"$log" 2>&1 &
  # Empty when the command has ended already: then nothing is alive.
  echo "$! $(start_time $! || true)" >"$pid_file"
  disown
}

# process_pid PIDFILE: prints the pid if the process is alive.
process_pid() {
  local pid started
  { read -r pid started <"$1"; } 2>/dev/null || return 1
  [[ -n $started && $(start_time "$pid") == "$started" ]] && echo "$pid"
}

# process_stop PIDFILE: SIGTERM, and SIGKILL after 5 s. Nothing happens when it is not alive.
process_stop() {
  local pid i
  if pid=$(process_pid "$1"); then
    kill "$pid" 2>/dev/null || true
    for ((i = 0; i < 250; i++)); do process_pid "$1" >/dev/null || break; sleep 0.02; done
    ! process_pid "$1" >/dev/null || kill -KILL "$pid" 2>/dev/null || true
  fi
  rm -f "$1"
}
