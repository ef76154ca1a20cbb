import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { includeIn, openSshEntries } from '../../../src/front/cli/ssh-entries.ts';
import { temporaryFolder } from './cli-world.ts';

function aHome() {
  const folder = temporaryFolder();
  onTestFinished(() => folder.remove());
  return folder.path;
}

const ENTRY = { rentalId: 'rental_1', name: 'lab', instanceId: 20000001, host: '127.0.0.1', port: 4022 };

describe('entries for OpenSSH', () => {
  it('are read by ssh under the name and under the instance', () => {
    const entries = openSshEntries(aHome());
    entries.write(ENTRY);
    for (const name of ['lab', 'vast-20000001']) {
      const read = execFileSync('ssh', ['-G', '-F', entries.path, name], { encoding: 'utf8' });
      expect(read).toContain('hostname 127.0.0.1\n');
      expect(read).toContain('port 4022\n');
      expect(read).toContain('user root\n');
      expect(read).toContain('hostkeyalias vast-20000001\n');
    }
  });

  it('of rentals that are over go, and no others', () => {
    const home = aHome();
    const entries = openSshEntries(home);
    entries.keepOnly([]);
    entries.write(ENTRY);
    entries.write({ ...ENTRY, rentalId: 'rental_2', name: 'other' });
    entries.keepOnly(['rental_2']);
    expect(readdirSync(join(home, 'ssh', 'hosts'))).toEqual(['rental_2.conf']);
  });
});

describe("the person's own configuration", () => {
  it('gets one line at its top, once, and keeps what it had', () => {
    const home = aHome();
    mkdirSync(join(home, '.ssh'));
    const file = join(home, '.ssh', 'config');
    writeFileSync(file, 'Host mine\n  Port 1\n');
    expect(includeIn(home, '/x/ssh/config')).toBe(true);
    expect(includeIn(home, '/x/ssh/config')).toBe(false);
    expect(readFileSync(file, 'utf8')).toBe('Include /x/ssh/config\nHost mine\n  Port 1\n');
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('is made where there is none', () => {
    const home = aHome();
    includeIn(home, '/a b/config');
    expect(readFileSync(join(home, '.ssh', 'config'), 'utf8')).toBe('Include "/a b/config"\n');
    expect(existsSync(join(home, '.ssh', 'config.new'))).toBe(false);
  });
});
