/**
 * The guard on POSIX: a fixed script for `sh`, which stays at about 1 MB where a second Node would take 40. It reads
 * what to watch from its stdin, a pipe that only the keeper holds: `+ RUN PID`, `- RUN PID`, `.` for an orderly end.
 * When the pipe ends without that, the keeper is dead, and everything of its runs is ended: SIGTERM, then SIGKILL
 * until nothing is found. A run's processes are those with its marker in their environment (Linux), those in its
 * session, and those below its first process.
 */
export const guardScript = `
trap '' HUP INT TERM
runs=
while read -r op run pid; do
  case $op in
    +) runs="$runs $run:$pid" ;;
    -) kept=
       for one in $runs; do [ "$one" = "$run:$pid" ] || kept="$kept $one"; done
       runs=$kept ;;
    .) exit 0 ;;
  esac
done
[ -n "$runs" ] || exit 0

table() {
  if [ -d /proc/self ]; then
    cat /proc/[0-9]*/stat 2>/dev/null | sed 's/^\\([0-9]*\\) (.*) \\(.\\) \\([0-9]*\\) [0-9]* \\([0-9]*\\) .*$/\\1 \\3 \\4 \\2/'
  else
    ps -axo pid=,ppid=,stat= | awk '{ print $1, $2, 0, substr($3, 1, 1) }'
  fi
}

marked() {
  [ -d /proc/self ] || return 0
  for one in $runs; do
    grep -lsF "${"BATON_RUN_MARKER"}=\${one%%:*}" /proc/[0-9]*/environ 2>/dev/null
  done | sed 's/^.proc.\\([0-9]*\\).*$/\\1/'
}

members() {
  roots=
  for one in $runs; do roots="$roots \${one##*:}"; done
  { echo "M" $(marked) $noted; echo "R" $roots; table; } | awk -v self=$$ '
    $1 == "M" { for (i = 2; i <= NF; i++) mine[$i] = 1; next }
    $1 == "R" { for (i = 2; i <= NF; i++) root[$i] = 1; next }
    { parent[$1] = $2; state[$1] = $4; if ($3 in root || $1 in root) mine[$1] = 1 }
    END {
      do {
        grown = 0
        for (pid in parent) if (!(pid in mine) && parent[pid] in mine) { mine[pid] = 1; grown = 1 }
      } while (grown)
      for (pid in mine) if (pid in parent && state[pid] != "Z" && pid != self && pid > 1) print pid
    }'
}

noted=
noted=$(members)
[ -n "$noted" ] && kill -TERM $noted 2>/dev/null
sleep 2
for round in 1 2 3 4 5; do
  left=$(members)
  [ -n "$left" ] || exit 0
  kill -KILL $left 2>/dev/null
  sleep 1
done
`;
