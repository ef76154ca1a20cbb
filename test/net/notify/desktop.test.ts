// The desktop: what the system's program is called with, and what is said where there is none.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { notifierOf } from '../../../src/net/notify/desktop-channel.ts';
import { anAlert, notifyWorld } from './notify-world.ts';

const folder = mkdtempSync(join(tmpdir(), 'vastdeck-desktop-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A program that writes down its arguments, one a line with its length, and ends as the script says. */
function recorder(
  name: string,
  ending = 'exit 0',
): { readonly program: string; readonly args: () => string[] } {
  const program = join(folder, name);
  const record = `${program}.args`;
  const script = `#!/bin/sh\n[ "$1" = --version ] && exit 0\nfor word in "$@"; do printf '%s\\0' "$word" >> '${record}'; done\n${ending}\n`;
  writeFileSync(program, script, { mode: 0o755 });
  return {
    program,
    args: () => (existsSync(record) ? readFileSync(record, 'utf8').split('\0').slice(0, -1) : []),
  };
}

const NASTY = `$(touch ${join(folder, 'pwned')}) \`id\` ; rm -rf / "quoted" 'single' <b>bold</b> & --flag`;

describe.skipIf(process.platform === 'win32')('a desktop notification', () => {
  it('reaches the program word for word, without a shell and without markup of a stranger’s', async () => {
    const notifier = recorder('notify-send');
    const { outbox } = await notifyWorld('sqlite', { desk: { type: 'desktop', program: notifier.program } });
    await outbox.enqueue(anAlert({ severity: 'critical', title: `--${NASTY}`, body: `${NASTY}\nsecond` }));
    expect(await outbox.deliver()).toMatchObject({ sent: 1, failed: 0 });
    expect(notifier.args()).toEqual([
      '--urgency=critical',
      '--app-name=vastdeck',
      '--',
      expect.stringContaining('--$(touch'),
      expect.stringContaining('&lt;b&gt;bold&lt;/b&gt; &amp; --flag\nsecond\nsee why: vd why box'),
    ]);
    expect(existsSync(join(folder, 'pwned'))).toBe(false);
  });

  it('without a program is a refusal that says what to install', async () => {
    const { outbox } = await notifyWorld('sqlite', {
      desk: { type: 'desktop', program: join(folder, 'not-there') },
    });
    const [before] = await outbox.listChannels();
    expect(before).toMatchObject({
      type: 'desktop',
      host: 'this machine',
      health: 'refused',
      reason: expect.stringMatching(/not-there cannot be run \(ENOENT\)/),
    });
    expect(await outbox.sendTest('desk')).toMatchObject({ kind: 'later', health: 'refused' });
  });

  it('whose program fails is told by what that said, and waits', async () => {
    const notifier = recorder('broken', 'echo "Cannot autolaunch D-Bus" >&2; exit 1');
    const { outbox } = await notifyWorld('sqlite', { desk: { type: 'desktop', program: notifier.program } });
    expect(await outbox.sendTest('desk')).toEqual({
      kind: 'later',
      health: 'failing',
      reason: expect.stringMatching(/broken ended with 1: Cannot autolaunch D-Bus$/),
      retryAfterMs: undefined,
    });
    await outbox.enqueue(anAlert());
    expect(await outbox.deliver()).toMatchObject({ sent: 0, failed: 1 });
    expect((await outbox.listChannels())[0]).toMatchObject({ waiting: 1, health: 'ok' });
  });

  it('whose program hangs is killed after the outbox’s time', async () => {
    const started = join(folder, 'started');
    const notifier = recorder('hangs', `echo $$ > '${started}'; exec sleep 600`);
    const { outbox, clock } = await notifyWorld('sqlite', {
      desk: { type: 'desktop', program: notifier.program },
    });
    const sending = outbox.sendTest('desk');
    // A turn of the event loop each: the program's start is seen by its file alone.
    while (!existsSync(started) || readFileSync(started, 'utf8') === '') await clock.untilIdle();
    const pid = Number(readFileSync(started, 'utf8'));
    await clock.step(10_000);
    expect(await sending).toMatchObject({ kind: 'later', health: 'failing' });
    const isAlive = () => {
      try {
        process.kill(pid, 0);
        return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
      } catch {
        return false;
      }
    };
    while (isAlive()) await clock.untilIdle();
  });
});

describe('the program', () => {
  const text = { severity: 'warning', title: 'a "title"', body: "it's a body", actions: [] } as const;

  it('of macOS gets the words as arguments of a fixed script', () => {
    const { program, args } = notifierOf(text, { program: '/usr/bin/osascript', platform: 'darwin' });
    expect(program).toBe('/usr/bin/osascript');
    expect(args.slice(-3)).toEqual(['--', 'a "title"', "it's a body"]);
    expect(args.slice(0, -3).join(' ')).not.toContain('title"');
  });

  it('of Windows gets a script in which the words are base64 alone', () => {
    const { args } = notifierOf(text, { program: 'powershell.exe', platform: 'win32' });
    const script = Buffer.from(args.at(-1) ?? '', 'base64').toString('utf16le');
    expect(args.slice(0, -1)).toEqual(['-NoProfile', '-NonInteractive', '-EncodedCommand']);
    expect(script).not.toContain('a body');
    const words = [...script.matchAll(/FromBase64String\('([A-Za-z0-9+/=]*)'\)/g)].map(([, word = '']) =>
      Buffer.from(word, 'base64').toString('utf8'),
    );
    expect(words).toEqual(['a "title"', "it's a body"]);
  });
});
