// Entries for OpenSSH, one file a rental, below our own home. The person's own configuration is only touched when asked
// for, and then gets one line.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface SshEntry {
  readonly rentalId: string;
  readonly name: string;
  readonly instanceId: number;
  readonly host: string;
  readonly port: number;
}

export interface SshEntries {
  /** To be given to `ssh -F`, or included. */
  readonly path: string;
  write(entry: SshEntry): void;
  /** Takes away the entries of rentals that are over. */
  keepOnly(rentalIds: readonly string[]): void;
}

export function openSshEntries(home: string): SshEntries {
  const folder = join(home, 'ssh');
  const entries = join(folder, 'hosts');
  const path = join(folder, 'config');
  return {
    path,
    write({ rentalId, name, instanceId, host, port }) {
      mkdirSync(entries, { recursive: true, mode: 0o700 });
      writeWhole(
        path,
        `# Written by vastdeck; one file a machine.\nInclude ${quoted(join(entries, '*.conf'))}\n`,
      );
      const lines = [
        `Host ${name} vast-${instanceId}`,
        `  HostName ${host}`,
        `  Port ${port}`,
        '  User root',
        `  IdentityFile ${quoted(join(home, 'ssh_key'))}`,
        '  IdentitiesOnly yes',
        // Ports of a machine are given to others later: what is known of a key belongs to the instance.
        `  HostKeyAlias vast-${instanceId}`,
        `  UserKnownHostsFile ${quoted(join(folder, 'known_hosts'))}`,
        '  StrictHostKeyChecking accept-new',
      ];
      writeWhole(join(entries, `${rentalId}.conf`), `${lines.join('\n')}\n`);
    },
    keepOnly(rentalIds) {
      if (!existsSync(entries)) return;
      for (const file of readdirSync(entries)) {
        if (!rentalIds.includes(file.replace(/\.conf$/, ''))) rmSync(join(entries, file), { force: true });
      }
    },
  };
}

/** Puts the line that includes ours at the top of `~/.ssh/config`; false when it is there already. */
export function includeIn(userHome: string, path: string): boolean {
  const file = join(userHome, '.ssh', 'config');
  const line = `Include ${quoted(path)}`;
  const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
  if (before.split('\n').some((each) => each.trim() === line)) return false;
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  // At the top: behind the first `Host` it would hold for that host alone.
  writeWhole(file, `${line}\n${before}`);
  return true;
}

function quoted(path: string): string {
  return /\s/.test(path) ? `"${path}"` : path;
}

/** Whoever reads it meanwhile sees the old or the new, never a part. */
function writeWhole(path: string, text: string): void {
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return;
  const draft = `${path}.new`;
  writeFileSync(draft, text, { mode: 0o600 });
  renameSync(draft, path);
}
