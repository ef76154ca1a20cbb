// A store that something else has written over: whoever opens it is told which one, and what to do.
import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLog, systemClock } from '../../../../src/base/std/index.ts';
import {
  CorruptStoreError,
  checkMarket,
  openMarketReader,
  openMarketWriter,
} from '../../../../src/watch/history/index.ts';
import { anObservation, aPoll } from '../journal/poll-builders.ts';

const clock = systemClock();
const origin = { kind: 'simulated', seed: 'damage' } as const;
let folder: string;
let good: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vastdeck-damage-'));
  good = join(folder, 'good');
  await using writer = await openMarketWriter({ dir: good, origin, holder: 'test', clock, log: silentLog });
  for (let poll = 1; poll <= 12; poll += 1) {
    const offers = Array.from({ length: 300 }, (_, i) =>
      anObservation({ offerId: i + 1, gpuIds: `${i}`, dphTotal: 0.1 + ((i * poll) % 7) }),
    );
    writer.append(aPoll(poll, offers));
    // Later polls are read from the journal.
    if (poll === 6) await writer.snapshot();
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const overwrite = (from: (length: number) => number, to: (length: number) => number) => (dir: string) => {
  const path = join(dir, 'journal.db');
  const bytes = readFileSync(path);
  for (let at = from(bytes.length); at < to(bytes.length); at += 1) bytes[at] = (at * 7_919) & 255;
  writeFileSync(path, bytes);
};

const DAMAGE: readonly (readonly [title: string, change: (dir: string) => void])[] = [
  [
    'a journal whose second half was overwritten',
    overwrite(
      (n) => n >> 1,
      (n) => n,
    ),
  ],
  [
    'a journal whose first half was overwritten behind its first page',
    overwrite(
      () => 4096,
      (n) => n >> 1,
    ),
  ],
  [
    'a journal whose first page was overwritten',
    overwrite(
      () => 0,
      () => 4096,
    ),
  ],
  ['a journal cut off in the middle', (dir) => truncateSync(join(dir, 'journal.db'), 4096 * 20 + 100)],
  ['a journal of no length', (dir) => truncateSync(join(dir, 'journal.db'), 0)],
  ['a journal that is a text', (dir) => writeFileSync(join(dir, 'journal.db'), 'offers\n'.repeat(2_000))],
  ['no journal', (dir) => rmSync(join(dir, 'journal.db'))],
  ['a manifest of no length', (dir) => writeFileSync(join(dir, 'manifest.json'), '')],
  ['a manifest that is garbage', (dir) => writeFileSync(join(dir, 'manifest.json'), '\u0000\u0001 7f')],
  ['a manifest that is a list', (dir) => writeFileSync(join(dir, 'manifest.json'), '[]')],
  ['a manifest cut off in the middle', (dir) => truncateSync(join(dir, 'manifest.json'), 500)],
  [
    'a manifest that is a folder',
    (dir) => {
      rmSync(join(dir, 'manifest.json'));
      cpSync(join(dir, 'open'), join(dir, 'manifest.json'), { recursive: true });
    },
  ],
];

describe.each(DAMAGE)('a store with %s', (_title, change) => {
  const damaged = () => {
    const dir = mkdtempSync(join(folder, 'damaged-'));
    cpSync(good, dir, { recursive: true });
    change(dir);
    return dir;
  };

  it('is called damaged by who reads or writes it, with its path and what to do, and by the check', async () => {
    const dir = damaged();
    const read = async () => {
      await using reader = await openMarketReader({ dir, clock, log: silentLog });
      await reader.rows('SELECT count(*), sum(dph_total_usd) FROM offers_raw');
    };
    const write = async () => {
      await using writer = await openMarketWriter({ dir, origin, holder: 'test', clock, log: silentLog });
      writer.append(aPoll(13, [anObservation()]));
    };
    for (const use of [read, write]) {
      const error: unknown = await use().catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(CorruptStoreError);
      const { message } = error as Error;
      expect(message).toContain(`${dir} is damaged: `);
      expect(message).toMatch(/run `vastdeck market check` on it, restore it.*or move the folder away/);
    }
    const check = await checkMarket({ dir, clock, log: silentLog });
    expect(check.isWhole).toBe(false);
  });
});
