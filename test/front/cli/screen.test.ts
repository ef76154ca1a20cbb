// The screen of `up` on a terminal, as the frames that reach it.
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { cellWidth } from '../../../src/base/std/index.ts';
import { temporaryFolder, vastdeck } from './cli-world.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

const HOME_POSITION = '\u001b[H';
const ERASE_LINE_END = '\u001b[K';
const ERASE_BELOW = '\u001b[J';

function framesOf(out: string): string[][] {
  return out
    .split(HOME_POSITION)
    .slice(1)
    .map((frame) =>
      frame
        .replace(ERASE_BELOW, '')
        .trimEnd()
        .split('\n')
        .map((line) => line.replace(ERASE_LINE_END, '')),
    );
}

describe('up on a terminal', () => {
  it('draws frames that fit the window, first what comes and then occupancy, and leaves the last one', async () => {
    const size = { columns: 72, rows: 18 };
    const { code, out, err } = await vastdeck(
      ['up', '--simulate', '--seed', '3', '--offers', '60', '--backfill', '1h', '--polls', '8'],
      { env: { HOME: folder.path, VASTDECK_HOME: join(folder.path, 'home') }, isTerminal: true, ...size },
    );
    expect(code).toBe(0);
    const frames = framesOf(out);
    for (const lines of frames) {
      expect(lines.length).toBeLessThan(size.rows);
      for (const line of lines) expect(cellWidth(line)).toBeLessThanOrEqual(size.columns);
      expect(lines[0]).toContain('SIMULATED market, seed 3');
    }
    expect(frames[0]?.join('\n')).toContain('waiting for the first poll');
    const last = frames.at(-1)?.join('\n');
    expect(last).toContain('SIMULATED: Occupancy · 8 polls');
    expect(last).toMatch(/poll 8 /);
    // Nothing is written across the frames.
    expect(err).toBe(
      `Ended after 8 polls. "vastdeck market report" reads the store ${join(folder.path, 'home', 'sim', 'market')}.\n`,
    );
  });

  it('ends in order when q is pressed, and at no other key', async () => {
    const env = { HOME: folder.path, VASTDECK_HOME: join(folder.path, 'ended') };
    const up = ['up', '--simulate', '--offers', '20', '--backfill', '30m'];
    const ended = await vastdeck(up, { env, isTerminal: true, keys: 'xq' });
    expect(ended.code).toBe(0);
    expect(ended.err).toMatch(/^Ended after \d polls?\./);
    const asked = await vastdeck([...up, '--polls', '900'], { env, isTerminal: true, keys: 'Q' });
    expect(asked.code).toBe(130);
    const all = await vastdeck([...up, '--polls', '2'], { env, isTerminal: true, keys: 'x' });
    expect(all).toMatchObject({ code: 0, err: expect.stringContaining('Ended after 2 polls.') });
  });
});
