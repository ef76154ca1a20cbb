// Goal: a kill at any instant loses at most the unfinished poll. Method: a process of its own dies by SIGKILL before
// each single step of one poll (of one seal), and what is left must go on to the same journal as without the kill.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Journal } from '../../../../src/watch/history/journal/open-journal.ts';
import { marketSeries } from './market-series.ts';
import { dumpJournal } from './replay.ts';
import { openForWriting, tempDir } from './temp-journal.ts';

let fixture = '';

// One file starts five times as fast as thirty, and it starts some sixty times.
beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'die-at-step-'));
  fixture = join(folder, 'die-at-step.mjs');
  const source = fileURLToPath(new URL('./die-at-step.ts', import.meta.url));
  await build({ entryPoints: [source], outfile: fixture, bundle: true, platform: 'node', format: 'esm' });
  return () => rmSync(folder, { recursive: true });
});

async function runAndDie(...args: readonly (string | number)[]): Promise<string> {
  const child = spawn(process.execPath, [fixture, ...args.map(String)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaint = '';
  child.stderr.on('data', (data: Buffer) => {
    complaint += data.toString();
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return signal ?? `exit ${code} ${complaint}`;
}

/** Runs `act` for every number from 1, two at a time. */
async function forEachStep(count: number, act: (step: number) => Promise<void>): Promise<void> {
  let next = 1;
  const work = async () => {
    while (next <= count) {
      const step = next;
      next += 1;
      await act(step);
    }
  };
  await Promise.all([work(), work()]);
}

function appendRest(journal: Journal): void {
  for (const poll of marketSeries().slice(journal.lastPoll()?.poll ?? 0)) journal.append(poll);
}

/** A closed store with the series' polls through `poll`, and how many steps `act` takes on a copy of it. */
function prepare(poll: number, act: (journal: Journal) => void): { base: string; steps: number } {
  const base = join(tempDir(), 'base');
  const copy = join(tempDir(), 'copy');
  cpSync(tempDir(), base, { recursive: true });
  const journal = openForWriting(base);
  for (const input of marketSeries().slice(0, poll)) journal.append(input);
  journal.close();
  cpSync(base, copy, { recursive: true });
  let steps = 0;
  const counted = openForWriting(copy, {
    onStep: () => {
      steps += 1;
    },
  });
  act(counted);
  return { base, steps };
}

describe('a kill at any step', () => {
  it('of a poll loses that poll at most', { timeout: 60_000 }, async () => {
    const { base, steps } = prepare(3, (journal) => journal.append(marketSeries()[3] as never));
    expect(steps).toBeGreaterThan(25);
    const whole = openForWriting(tempDir());
    appendRest(whole);
    const expected = dumpJournal(whole);
    const left: (number | undefined)[] = [];
    await forEachStep(steps, async (step) => {
      const dir = join(tempDir(), 'store');
      cpSync(base, dir, { recursive: true });
      expect(await runAndDie(dir, 'append', 4, step)).toBe('SIGKILL');
      const journal = openForWriting(dir);
      left[step] = journal.lastPoll()?.poll;
      appendRest(journal);
      expect(dumpJournal(journal)).toEqual(expected);
    });
    // Before the commit the poll is lost, after it (two steps) it is there.
    expect(left.slice(1)).toEqual([...Array<number>(steps - 2).fill(3), 4, 4]);
  });

  it('of a seal leaves the journal as it was, or as it is afterwards', { timeout: 60_000 }, async () => {
    const { base, steps } = prepare(3, (journal) => journal.dropThrough(2));
    expect(steps).toBeGreaterThan(25);
    const sealed = openForWriting(tempDir());
    for (const poll of marketSeries().slice(0, 3)) sealed.append(poll);
    sealed.dropThrough(2);
    appendRest(sealed);
    const expected = dumpJournal(sealed);
    const left: number[] = [];
    await forEachStep(steps, async (step) => {
      const dir = join(tempDir(), 'store');
      cpSync(base, dir, { recursive: true });
      expect(await runAndDie(dir, 'drop', 2, step)).toBe('SIGKILL');
      const journal = openForWriting(dir);
      left[step] = journal.sealedThrough();
      journal.dropThrough(2);
      appendRest(journal);
      expect(dumpJournal(journal)).toEqual(expected);
    });
    expect(left.slice(1)).toEqual([...Array<number>(steps - 1).fill(0), 2]);
  });
});
