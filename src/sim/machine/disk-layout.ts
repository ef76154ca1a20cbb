// What stands on a machine's disk before its first start: the folders of a small Linux, /etc as a renter may change
// it, and the files that Vast.ai's images put into root's home.
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import type { InsidePaths } from './container.ts';

export interface DiskLayout {
  readonly disk: string;
  readonly paths: InsidePaths;
  readonly hostName: string;
  /** Written to /etc/environment too, where Vast.ai's images have them. */
  readonly env: Readonly<Record<string, string>>;
  readonly authorizedKeys: readonly string[];
  readonly onstart: string | undefined;
  readonly autoTmux: boolean;
  readonly smiScript: string;
}

const FOLDERS = [
  'root/.ssh',
  'workspace',
  'tmp',
  'home',
  'opt/nvidia/bin',
  'run',
  'srv',
  'var/cache',
  'var/lib',
  'var/log',
  'var/spool',
  'etc/profile.d',
  'dev',
  'mnt',
];
/** Everybody may write here. */
const SHARED_FOLDERS = ['tmp', 'var/tmp', 'run/lock'];

/** Search path of commands, after the folder of nvidia-smi. */
export const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export function layOutDisk(layout: DiskLayout): void {
  const { disk, hostName, env, onstart } = layout;
  for (const folder of [...FOLDERS, ...SHARED_FOLDERS])
    mkdirSync(join(disk, folder), { recursive: true, mode: 0o755 });
  for (const folder of SHARED_FOLDERS) chmodSync(join(disk, folder), 0o1777);
  for (const folder of ['root', 'root/.ssh']) chmodSync(join(disk, folder), 0o700);
  const write = (path: string, text: string, mode = 0o644) => writeFileSync(join(disk, path), text, { mode });
  const { uid, gid } = userInfo();
  write(
    'etc/passwd',
    `root:x:${uid}:${gid}:root:/root:/bin/bash\nnobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n`,
  );
  write('etc/group', `root:x:${gid}:\ntty:x:5:\nnogroup:x:65534:\n`);
  write('etc/hostname', `${hostName}\n`);
  write('etc/hosts', `127.0.0.1 localhost ${hostName} ${hostname()}\n::1 localhost\n`);
  write('etc/resolv.conf', ofHost('/etc/resolv.conf'));
  write('etc/nsswitch.conf', 'passwd: files\ngroup: files\nhosts: files dns\n');
  write(
    'etc/environment',
    Object.entries(env)
      .map(([name, value]) => `${name}=${shellQuote(value)}\n`)
      .join(''),
  );
  write('etc/profile', profile(layout.paths.bin));
  write('etc/bash.bashrc', '');
  write('root/.bash_profile', '[ -r ~/.bashrc ] && . ~/.bashrc\n');
  write('root/.bashrc', bashrc(layout));
  write('root/.ssh/authorized_keys', layout.authorizedKeys.map((key) => `${key.trim()}\n`).join(''), 0o600);
  write('opt/nvidia/bin/nvidia-smi', layout.smiScript, 0o755);
  if (onstart !== undefined) write('root/onstart.sh', `${onstart}\n`, 0o755);
}

function profile(bin: string): string {
  return `export PATH=${shellQuote(`${bin}:${SYSTEM_PATH}`)}
for part in /etc/profile.d/*.sh; do [ -r "$part" ] && . "$part"; done
unset part
`;
}

/** The automatic tmux stands in ~/.bashrc, where Vast.ai's images have it and people look for it. */
function bashrc({ paths, hostName, autoTmux }: DiskLayout): string {
  const tmux = `if [ -z "$TMUX" ] && [ -t 0 ] && [ ! -e ~/.no_auto_tmux ] && command -v tmux >/dev/null; then
  exec tmux new-session -A -s ssh_tmux
fi
`;
  return `case $- in *i*) ;; *) return ;; esac
export PATH=${shellQuote(`${paths.bin}:${SYSTEM_PATH}`)}
PS1='root@${hostName}:\\w# '
${autoTmux ? tmux : ''}`;
}

export function shellQuote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

function ofHost(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Names are then resolved by /etc/hosts alone.
    return '';
  }
}
