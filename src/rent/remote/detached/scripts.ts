// What runs on the target for a detached run: POSIX sh and coreutils, as busybox has them, and nothing of what the
// simulator's twin lacks (functions, case, traps). Facts are symbolic links: made in one step or not at all, with
// their text in the inode, so that even a full disk takes them.
import { quoteWord } from '../../../net/ssh/index.ts';

/** Sets `first_start`, `boot` and `oom`, each `-` where the system does not tell. */
const LOOK_AT_SYSTEM = `first_start=-; boot=-; oom=-
if [ -e /proc/1/stat ]; then
  { read -r line < /proc/1/stat; } 2>/dev/null && set -- \${line##*") "} && shift 19 && first_start=$1
  { read -r boot < /proc/sys/kernel/random/boot_id; } 2>/dev/null || boot=-
  for file in /sys/fs/cgroup/memory.events /sys/fs/cgroup/memory/memory.oom_control; do
    if [ -e "$file" ]; then
      while read -r key value; do
        if [ "$key" = oom_kill ]; then oom=$value; fi
      done < "$file"
    fi
  done
fi`;

/** Sets `start` to when process `pid` started, in ticks since the boot: a number used again has another one. */
const lookAtStart = (pid: string) => `start=-
if [ -e /proc/${pid}/stat ]; then
  { read -r line < /proc/${pid}/stat; } 2>/dev/null && set -- \${line##*") "} && state=$1 && shift 19 && start=$1
fi`;

/**
 * Stays beside the command in a session of its own, so that no signal for the command's group reaches it, and leaves
 * how it ended. Making `owner` is what decides: of any number started for one run, one goes on.
 */
const SUPERVISOR = `dir=$1; work=$2
${LOOK_AT_SYSTEM}
${lookAtStart('$$')}
ln -s "$$:$start:$boot:$first_start:$oom:$(date +%s)" "$dir/owner" 2>/dev/null || exit 0
code=126
if cd "$work"; then
  shell=sh
  if bash -c : 2>/dev/null; then shell=bash; fi
  setsid "$shell" "$dir/command" < /dev/null &
  child=$!
  ${lookAtStart('$child')}
  ln -s "$child:$start" "$dir/child"
  wait $child
  code=$?
fi
before=$oom
${LOOK_AT_SYSTEM}
tries=0
until ln -s "$code:$(date +%s):$before:$oom" "$dir/exit" || [ -L "$dir/exit" ] || [ $tries -ge 60 ]; do
  tries=$((tries+1))
  sleep 5
done`;

/** The word that the last variable holds: a connection that breaks in between leaves an environment without it. */
export const ENVIRONMENT_MARK = { VASTDECK_ENVIRONMENT: 'complete' } as const;

/** Exit code of a start that did not get all of its input; nothing was started. */
export const INPUT_CUT = 97;

export interface RunPlace {
  /** Of all runs; relative to the home folder or absolute. */
  readonly folder: string;
  readonly runId: string;
}

const enter = ({ folder, runId }: RunPlace) => `cd ${quoteWord(`${folder}/${runId}`)}`;

/**
 * Starts the run unless it was started before; the command is read from standard input. Prints nothing. `workdir` is
 * made when it is missing.
 */
export function startScript(place: RunPlace, workdir: string, commandBytes: number): string {
  const dir = quoteWord(`${place.folder}/${place.runId}`);
  return `[ "$VASTDECK_ENVIRONMENT" = complete ] || exit ${INPUT_CUT}
unset VASTDECK_ENVIRONMENT
mkdir -p ${quoteWord(workdir)} || exit 1
work=$(cd ${quoteWord(workdir)} && pwd) || exit 1
(umask 077; mkdir -p ${dir}) || exit 1
cd ${dir} || exit 1
dir=$(pwd)
if [ ! -L owner ]; then
  cat > "command.$$" || exit 1
  size=$(wc -c < "command.$$")
  if [ $size -ne ${commandBytes} ]; then rm -f "command.$$"; exit ${INPUT_CUT}; fi
  mv -f "command.$$" command || exit 1
  printf '%s\\n' ${quoteWord(SUPERVISOR)} > "supervisor.$$" || exit 1
  mv -f "supervisor.$$" supervisor || exit 1
  setsid sh supervisor "$dir" "$work" >> log 2>&1 < /dev/null &
  tries=0
  while [ ! -L child ] && [ ! -L exit ] && [ $tries -lt 100 ]; do
    tries=$((tries+1))
    sleep 0.05
  done
fi`;
}

/** Prints `name value` lines for `parseStatus`. */
export function statusScript(place: RunPlace): string {
  return `${enter(place)} 2>/dev/null || exit 0
for name in exit owner child; do
  if [ -L $name ]; then printf '%s %s\\n' $name "$(readlink $name)"; fi
done
for name in owner child; do
  if [ -L $name ]; then
    fact=$(readlink $name); pid=\${fact%%:*}; state=S
    if kill -s 0 "$pid" 2>/dev/null; then
      ${lookAtStart('$pid')}
      printf 'alive-%s %s:%s\\n' $name "$start" "$state"
    fi
  fi
done
if [ -L exit ]; then printf 'exit %s\\n' "$(readlink exit)"; fi
${LOOK_AT_SYSTEM}
printf 'system %s\\n' "$boot:$first_start:$oom:$(date +%s)"`;
}

/**
 * Signals the command's process group, if it is the one that was started, and ends what is left of it after the
 * grace, from over there: a connection that breaks meanwhile makes no difference.
 */
export function signalScript(place: RunPlace, signal: string, graceSeconds: number | undefined): string {
  const kill = (name: string) => `kill -s ${name} -- -$pid 2>/dev/null || kill -s ${name} $pid 2>/dev/null`;
  const reaper = `pid=$1; tries=0
while [ $tries -lt ${graceSeconds ?? 0} ] && kill -s 0 -- -$pid 2>/dev/null; do tries=$((tries+1)); sleep 1; done
${kill('KILL')}`;
  return `${enter(place)} 2>/dev/null || exit 0
[ -L child ] && [ ! -L exit ] || exit 0
fact=$(readlink child); pid=\${fact%%:*}
${lookAtStart('$pid')}
[ "$start" = "\${fact#*:}" ] || exit 0
${kill(signal)}
${graceSeconds === undefined ? '' : `setsid sh -c ${quoteWord(reaper)} reaper $pid > /dev/null 2>&1 < /dev/null &`}
true`;
}

/** The kernel's last words, where it lets us read them. */
export const KERNEL_LOG_SCRIPT =
  'if [ -e /proc/1/stat ]; then dmesg 2>/dev/null | tail -n 2000 | grep -i "killed process"; fi; true';
