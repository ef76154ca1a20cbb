// One small process per room that waits for the simulator's end, also by kill -9, and then ends what is left of its
// machines: processes that carry the mark of the room, mounts and folders of machines and volumes, and the room's own
// when it is empty.
import { spawn } from 'node:child_process';
import { exited } from './container.ts';
import { MARK } from './plain-container.ts';
import { signalProcess } from './proc-table.ts';

export interface ReaperOptions {
  readonly dir: string;
  readonly prefixes: { readonly machine: string; readonly volume: string };
  readonly ownerFile: string;
}

export interface Reaper {
  /** Ends it without anything being cleared. */
  dismiss(): Promise<void>;
}

/**
 * `cat` ends when the only other end of its input does. Processes in namespaces end by themselves at that moment;
 * the others are found by their environment. A folder that is still being written to is tried again.
 */
const WORDS = `trap '' HUP INT TERM
cat >/dev/null
PATH=/usr/bin:/bin
for look in 1 2 3 4 5 6 7 8 9 10; do
  left=$(grep -lzsF -e "${MARK}=$1/" /proc/[0-9]*/environ | sed 's|/proc/||; s|/environ||')
  [ -n "$left" ] || break
  kill -9 $left 2>/dev/null
  sleep 0.05
done
for disk in "$1/$2"*/fs "$1/$4"*/fs; do umount -n -l "$disk" 2>/dev/null; done
for look in 1 2 3 4 5; do
  rm -rf -- "$1/$2"* "$1/$4"* 2>/dev/null && break
  chmod -R u+rwX -- "$1/$2"* "$1/$4"* 2>/dev/null
  sleep 0.1
done
rm -f -- "$1/$3"
rmdir -- "$1" 2>/dev/null`;

export function startReaper({ dir, prefixes, ownerFile }: ReaperOptions): Reaper {
  // A session of its own: what ends the simulator's terminal does not end it.
  const child = spawn('/bin/sh', ['-c', WORDS, 'sh', dir, prefixes.machine, ownerFile, prefixes.volume], {
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { PATH: '/usr/bin:/bin' },
    detached: true,
  });
  // It must not keep a program alive that has forgotten to close the room.
  child.unref();
  (child.stdin as { unref?: () => void } | null)?.unref?.();
  child.on('error', () => {});
  return {
    dismiss: async () => {
      child.ref();
      // With its `cat`, so that nothing is left that could read the end of the input.
      if (child.pid !== undefined) signalProcess(-child.pid, 'SIGKILL');
      await exited(child);
    },
  };
}
