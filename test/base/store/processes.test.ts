// A process is told dead only when it surely is, and its terms go to the next one at once.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { hostname, platform } from 'node:os';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createTerms, processStart, systemProcesses } from '../../../src/base/store/index.ts';
import { ENGINES, freshStore } from '../../support/stores.ts';

const TTL_MS = 30_000;
const isKnown = ['linux', 'darwin'].includes(platform());

describe.runIf(isKnown)('a mark of a process', () => {
  const { own, isGone } = systemProcesses();
  const [place, pid, startedAs] = JSON.parse(own) as [string, number, string];
  const marked = (...mark: readonly unknown[]) => JSON.stringify(mark);

  it('is the same whoever asks in this process, and that one is not gone', () => {
    expect(systemProcesses().own).toBe(own);
    expect(pid).toBe(process.pid);
    expect(place).toContain(hostname());
    expect(isGone(own)).toBe(false);
  });

  it('tells a process from the next one that is given its id', () => {
    expect(isGone(marked(place, pid, `${startedAs}0`))).toBe(true);
  });

  it('says nothing of another computer, another start of this one or another container, nor of what is no mark', () => {
    expect(isGone(marked(`other ${place}`, 999_999_999, startedAs))).toBe(false);
    expect(isGone(marked(place, 999_999_999, startedAs))).toBe(true);
    for (const text of [
      '',
      'alice',
      '[]',
      marked(place),
      marked(place, -1, startedAs),
      marked(place, '1', 'x'),
    ])
      expect(isGone(text)).toBe(false);
  });

  it('is that of a living one while it is stopped, and of a dead one once it was killed', async () => {
    const child = spawn('sleep', ['60']);
    onTestFinished(() => void child.kill('SIGKILL'));
    await once(child, 'spawn');
    const mark = marked(place, child.pid, processStart(Number(child.pid)));
    expect(isGone(mark)).toBe(false);
    child.kill('SIGSTOP');
    expect(isGone(mark)).toBe(false);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(isGone(mark)).toBe(true);
  });

  it.runIf(platform() === 'linux')('is that of a dead one before its parent has collected it', async () => {
    // The shell becomes a program that never asks for its child.
    const parent = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60']);
    onTestFinished(() => void parent.kill('SIGKILL'));
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const orphan = Number(line.toString().trim());
    const mark = marked(place, orphan, processStart(orphan));
    expect(isGone(mark)).toBe(false);
    process.kill(orphan, 'SIGKILL');
    await expect.poll(() => isGone(mark)).toBe(true);
  });
});

describe.each(ENGINES)('the term of a process on %s', (engine) => {
  it('is taken at once by the next when that one is gone, and by nobody while it lives', async () => {
    const dead = new Set<string>();
    const as = (own: string) => ({ processes: { own, isGone: (mark: string) => dead.has(mark) } });
    const { store, openAgain } = await freshStore(engine, as('first'));
    const first = createTerms(store);
    const second = createTerms(await openAgain(as('second')));
    const term = await first.acquire('job', 'alice', TTL_MS);
    dead.add('somebody else');
    expect(await second.acquire('job', 'bob', TTL_MS)).toMatchObject({ kind: 'held', by: 'alice' });
    dead.add('first');
    expect(await second.acquire('job', 'bob', TTL_MS)).toEqual({
      kind: 'leading',
      term: { name: 'job', number: 2, holder: 'bob' },
    });
    if (term.kind !== 'leading') throw new Error('alice did not lead');
    expect(await first.renew(term.term, TTL_MS)).toBe(false);
    // Whose it was once says nothing of whose it is.
    expect(await first.acquire('job', 'carol', TTL_MS)).toMatchObject({ kind: 'held', by: 'bob' });
  });

  it.runIf(isKnown)('is taken at once after a kill -9', async () => {
    const { url, store } = await freshStore(engine);
    const index = (folder: string) =>
      JSON.stringify(fileURLToPath(new URL(`../../../src/base/${folder}/index.ts`, import.meta.url)));
    const script = `
      import { silentLog, systemClock } from ${index('std')};
      import { createTerms, openStore } from ${index('store')};
      const clock = { ...systemClock(), now: () => ${store.clock.now()} };
      const store = await openStore({ url: ${JSON.stringify(url)}, clock, log: silentLog });
      const { kind } = await createTerms(store).acquire('job', 'alice', ${TTL_MS});
      process.stdout.write(kind);
      setInterval(() => {}, 1_000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const [said] = (await once(child.stdout, 'data')) as [Buffer];
    expect(said.toString()).toBe('leading');
    const terms = createTerms(store);
    child.kill('SIGSTOP');
    expect((await terms.acquire('job', 'bob', TTL_MS)).kind).toBe('held');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await terms.acquire('job', 'bob', TTL_MS)).toMatchObject({ kind: 'leading', term: { number: 2 } });
  });
});
