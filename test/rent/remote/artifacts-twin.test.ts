// Artifacts on the twin: what counts as whole, and that the report says so only when it is.
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  AdapterNotFoundError,
  createArtifacts,
  createDetachedRuns,
  createTransfers,
} from '../../../src/rent/remote/index.ts';
import { trainingRun } from '../../../src/sim/twin/index.ts';
import { aTwin, stepped } from './a-target.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vd-artifacts-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const ROOT = '/workspace/job';

function aWorld(options: Parameters<typeof aTwin>[0] = {}) {
  const target = aTwin(options);
  const artifacts = createArtifacts(target, createTransfers(target));
  const write = (path: string, content: string) => {
    target.twin.files.makeDirectory(
      `${ROOT}/${path.slice(0, Math.max(0, path.lastIndexOf('/')))}`,
      'parents',
    );
    target.twin.files.write(`${ROOT}/${path}`, content);
  };
  const fetch = (globs: readonly string[], settleMs = 0) =>
    stepped(target.clock, artifacts.fetch({ root: ROOT, globs, to: join(folder, 'to'), settleMs }));
  return { ...target, artifacts, write, fetch };
}

const here = (path: string) => readFileSync(join(folder, 'to', path), 'utf8');

describe('the newest artifact', () => {
  const newest = ({ artifacts, clock }: ReturnType<typeof aWorld>, globs: readonly string[]) =>
    stepped(clock, artifacts.findNewest({ root: ROOT, globs, settleMs: 0 }));

  it('is the youngest that is whole', async () => {
    const world = aWorld();
    world.write('ckpt-1/model', 'old');
    await world.clock.step(60_000);
    world.write('ckpt-2/model', 'new');
    await world.clock.step(60_000);
    world.write('ckpt-3.tmp/model', 'half');
    expect(await newest(world, ['ckpt-*'])).toMatchObject({ path: 'ckpt-2', state: 'complete' });
  });

  it('that is not there is said in the words of old, with what is there instead', async () => {
    const world = aWorld();
    world.write('out/loss.csv', '1,2');
    world.write('out/model.tmp', 'half');
    const missing = newest(world, ['adapter*']);
    await expect(missing).rejects.toThrow(AdapterNotFoundError);
    await expect(missing).rejects.toThrow(/^Adapter not found: .*adapter\*; there is .*out/);
  });
});

describe('artifacts', () => {
  it('are fetched by their patterns, hashed on both ends, and whole', async () => {
    const { write, fetch, twin } = aWorld();
    write('out/a.txt', 'first');
    write('out/deep/b c.txt', 'second');
    write('ckpt-100/model', 'weights');
    write('other', 'not wanted');
    const report = await fetch(['out/**', 'ckpt-*']);
    expect(report).toMatchObject({ isWhole: true, unmatched: [], verifiedBytes: 18 });
    expect(report.files.map(({ path, state }) => [path, state])).toEqual([
      ['ckpt-100/model', 'verified'],
      ['out/a.txt', 'verified'],
      ['out/deep/b c.txt', 'verified'],
    ]);
    expect(here('out/deep/b c.txt')).toBe('second');
    expect(readdirSync(join(folder, 'to')).sort()).toEqual(['ckpt-100', 'out']);
    expect(twin.refusals).toEqual([]);
  });

  it('that are not there are no reason to say whole', async () => {
    const { fetch, write } = aWorld();
    expect(await fetch(['out/**'])).toEqual({
      isWhole: false,
      files: [],
      unmatched: ['out/**'],
      verifiedBytes: 0,
    });
    write('out/a', 'x');
    expect(await fetch(['out/**', 'ckpt-*'])).toMatchObject({ isWhole: true, unmatched: ['ckpt-*'] });
  });

  it('that are here already are not fetched again, and those that differ are, also with the same size and time', async () => {
    const { write, fetch, open, twin } = aWorld();
    write('out/same', 'same');
    write('out/differs', 'right');
    await fetch(['out/**']);
    const path = join(folder, 'to/out/differs');
    const { mtimeMs } = statSync(path);
    writeFileSync(path, 'wrong');
    utimesSync(path, mtimeMs / 1000, mtimeMs / 1000);
    const kept = statSync(join(folder, 'to/out/same')).ino;
    expect(await fetch(['out/**'])).toMatchObject({ isWhole: true });
    expect(here('out/differs')).toBe('right');
    expect(statSync(join(folder, 'to/out/same')).ino).toBe(kept);
    await (await open()).close();
    expect(twin.refusals).toEqual([]);
  });

  it('that are being written are incomplete: a size that changes, a time that changes, a partial name', async () => {
    const { write, artifacts, clock, twin } = aWorld();
    write('ckpt-1/model', 'weights');
    write('ckpt-2/model', 'wei');
    write('ckpt-3/model', 'weights');
    write('ckpt-4/model.tmp', 'weights');
    write('ckpt-5.partial/model', 'weights');
    const finding = artifacts.find({ root: ROOT, globs: ['ckpt-*'] });
    await clock.step(1_500);
    twin.files.append(`${ROOT}/ckpt-2/model`, Buffer.from('ghts'));
    twin.files.write(`${ROOT}/ckpt-3/model`, 'WEIGHTS');
    const units = await stepped(clock, finding);
    expect(units.map(({ path, state }) => [path, state])).toEqual([
      ['ckpt-1', 'complete'],
      ['ckpt-2', 'changing'],
      ['ckpt-3', 'changing'],
      ['ckpt-4', 'partial-name'],
      ['ckpt-5.partial', 'partial-name'],
    ]);
  });

  it('of which one is incomplete are not whole, and the others are here', async () => {
    const { write, fetch } = aWorld();
    write('ckpt-1/model', 'weights');
    write('ckpt-2/model.tmp', 'wei');
    const report = await fetch(['ckpt-*']);
    expect(report.isWhole).toBe(false);
    expect(report.files.map(({ path, state }) => [path, state])).toEqual([
      ['ckpt-1/model', 'verified'],
      ['ckpt-2/model.tmp', 'incomplete'],
    ]);
    expect(readdirSync(join(folder, 'to'))).toEqual(['ckpt-1']);
  });

  it('that the machine hashes to something else are different, and never put in their place', async () => {
    const wrong = 'f'.repeat(64);
    const { write, fetch } = aWorld({
      programs: {
        sha256sum: async (process) => {
          for (const name of process.args) await process.print(`${wrong}  ${name}`);
          return 0;
        },
      },
    });
    write('out/a', 'x');
    const report = await fetch(['out/**']);
    expect(report).toMatchObject({
      isWhole: false,
      files: [{ path: 'out/a', sha256: wrong, state: 'different' }],
    });
    expect(readdirSync(join(folder, 'to'))).toEqual([]);
  });

  it('that the machine cannot hash are unreadable', async () => {
    const { write, fetch } = aWorld({
      programs: {
        sha256sum: async (process) => {
          for (const name of process.args)
            if (name.endsWith('good')) await process.print(`${'0'.repeat(64)}  ${name}`);
            else await process.warn(`sha256sum: ${name}: Permission denied`);
          return 1;
        },
      },
    });
    write('out/bad', 'x');
    expect(await fetch(['out/**'])).toMatchObject({ isWhole: false, files: [{ state: 'unreadable' }] });
  });

  it('come over connections that are cut every two seconds', async () => {
    const { write, artifacts, clock, twin } = aWorld({ roundTripMs: 150 });
    for (let at = 0; at < 40; at += 1) write(`out/${at % 3}/f${at}`, `${at}`.repeat(1000));
    const fetching = artifacts.fetch({ root: ROOT, globs: ['out/**'], to: join(folder, 'to') });
    let isDone = false;
    void fetching.finally(() => {
      isDone = true;
    });
    let cuts = 0;
    const cutting = (async () => {
      // Fewer than what is borne in a row: on a busy computer two seconds of the stepped clock are gone soon.
      for (; cuts < 10 && !isDone; cuts += 1) {
        await clock.sleep(2_000);
        twin.cutConnections();
      }
    })();
    const report = await stepped(clock, fetching);
    await stepped(clock, cutting);
    expect(report).toMatchObject({ isWhole: true, unmatched: [] });
    expect(report.files).toHaveLength(40);
    expect(cuts).toBeGreaterThan(2);
  });

  it('of a training that was killed in the middle of a checkpoint end with the last one that stood still', async () => {
    const target = aTwin({
      programs: {
        train: trainingRun({
          steps: 1000,
          stepMs: 1_000,
          checkpointEverySteps: 100,
          checkpointWriteMs: 10_000,
        }),
      },
    });
    const runs = createDetachedRuns(target);
    const artifacts = createArtifacts(target, createTransfers(target));
    await stepped(target.clock, runs.start({ runId: 'a', command: 'train --out out', workdir: ROOT }));
    // The second checkpoint begins at 210 s and is whole at 220 s.
    await target.clock.step(215_000);
    const find = () =>
      stepped(target.clock, artifacts.find({ root: ROOT, globs: ['out/ckpt-*'], settleMs: 8_000 }));
    expect((await find()).map(({ path, state }) => [path, state])).toEqual([
      ['out/ckpt-000100.pt', 'complete'],
      ['out/ckpt-000200.pt', 'changing'],
    ]);
    await target.clock.step(10_000);
    expect((await find()).map(({ state }) => state)).toEqual(['complete', 'complete']);
  });
});

it('a folder that stands where a file belongs is said', async () => {
  const { write, fetch } = aWorld();
  write('out/a', 'x');
  mkdirSync(join(folder, 'to/out/a'), { recursive: true });
  await expect(fetch(['out/**'])).rejects.toThrow(/is a folder/);
});
