import { afterEach, describe, expect, it } from 'vitest';
import { createCanvas } from '../../../src/front/tui/chart/canvas.ts';
import {
  frameOf,
  pan,
  place,
  smooth,
  valueAt,
  WHOLE,
  zoomIn,
  zoomOut,
} from '../../../src/front/tui/chart/scale.ts';
import { aMetric, aMonitor, aRun, aView } from './a-monitor.ts';
import { type ATop, aTop } from './a-top.ts';

const open: ATop[] = [];
afterEach(async () => {
  for (const top of open.splice(0)) await top.stop();
});

const points = (ys: readonly number[]) => ys.map((y, x) => ({ x, y }));

describe('the scale', () => {
  it('leaves what is not a number out, and on the log scale what is not above nought', () => {
    const strokes = [{ series: 0, points: points([Number.NaN, -1, 0, 1, 100, Number.POSITIVE_INFINITY]) }];
    expect(frameOf(strokes, WHOLE, 'linear')).toMatchObject({ yMin: -1, yMax: 100 });
    const log = frameOf(strokes, WHOLE, 'log');
    expect(log).toMatchObject({ yMin: 1, yMax: 100, xMin: 0, xMax: 5 });
    expect(log && place({ x: 5, y: 10 }, log)).toEqual({ x: 1, y: 0.5 });
    expect(log && place({ x: 1, y: -1 }, log)).toBeUndefined();
    expect(log && valueAt(0.5, log)).toBeCloseTo(10);
  });

  it('has no frame where nothing can be drawn', () => {
    expect(frameOf([], WHOLE, 'linear')).toBeUndefined();
    expect(frameOf([{ series: 0, points: points([0, -1]) }], WHOLE, 'log')).toBeUndefined();
  });

  it('zooms to the newest while the newest is seen, and comes back to the whole', () => {
    expect(zoomIn(WHOLE)).toEqual({ from: 0.5, to: 1 });
    expect(zoomIn({ from: 0.25, to: 0.75 })).toEqual({ from: 0.375, to: 0.625 });
    expect(zoomOut(zoomOut(zoomIn(zoomIn(WHOLE))))).toEqual(WHOLE);
    expect(pan({ from: 0.5, to: 1 }, 'newer')).toEqual({ from: 0.5, to: 1 });
    expect(pan({ from: 0.5, to: 1 }, 'older')).toEqual({ from: 0.375, to: 0.875 });
    expect(pan({ from: 0, to: 0.5 }, 'older')).toEqual({ from: 0, to: 0.5 });
  });

  it('smooths without a false start, and does not let a NaN spread', () => {
    const smoothed = smooth(points([4, 4, Number.NaN, 4]), 0.9).map(({ y }) => y);
    expect(smoothed[0]).toBeCloseTo(4);
    expect(smoothed[1]).toBeCloseTo(4);
    expect(smoothed[2]).toBeNaN();
    expect(smoothed[3]).toBeCloseTo(4);
    // By hand: weights 0.5 and 0.25 of 2 and 8, over 0.75.
    expect(smooth(points([2, 8]), 0.5)[1]?.y).toBeCloseTo((0.25 * 2 + 0.5 * 8) / 0.75);
  });
});

describe('the canvas', () => {
  it('sets the dots of a braille cell', () => {
    const canvas = createCanvas(1, 1, 'braille');
    canvas.dot(0, 0, 0);
    canvas.dot(1, 3, 2);
    expect(canvas.cells()[0]?.[0]).toEqual({ text: '⢁', series: 2 });
  });

  it('leaves out what is outside', () => {
    const canvas = createCanvas(2, 1, 'letters');
    canvas.dot(-1, 0, 0);
    canvas.dot(2, 0, 0);
    canvas.dot(0, 1, 0);
    expect(canvas.cells()[0]?.map(({ text }) => text)).toEqual([' ', ' ']);
    canvas.line(0, 0, 1, 0, 1);
    expect(canvas.cells()[0]?.map(({ text }) => text)).toEqual(['o', 'o']);
  });
});

async function charts(keys: string) {
  const runs = [aRun({ name: 'alpha', attempts: 2 }), aRun({ instanceId: 20000002, name: 'beta' })];
  const monitor = aMonitor({
    view: aView(runs),
    points: (_key, name) =>
      Array.from({ length: 100 }, (_, index) =>
        aMetric({
          name,
          attempt: index < 50 ? 1 : 2,
          step: index < 50 ? index * 10 : (index - 50) * 10,
          value: 10 ** (index / 50),
        }),
      ),
  });
  const top = aTop(monitor, { columns: 120, rows: 40 });
  open.push(top);
  await top.terminal.until((screen) =>
    screen.some((row) => row.includes('⠤') || row.includes('⡠') || row.includes('⣀')),
  );
  top.terminal.press(keys);
  return top;
}

const has = (text: string) => (screen: readonly string[]) => screen.some((row) => row.includes(text));

describe('the screen of charts', () => {
  it('draws every figure of the run and of its machine', async () => {
    const { terminal } = await charts('3');
    await terminal.until(has('CHARTS alpha'));
    for (const name of ['loss', 'learning_rate', 'throughput', 'gpu %', 'disk %', 'power W']) {
      expect(has(name)(terminal.screen()), name).toBe(true);
    }
    expect(has('2 attempts, each in a colour of its own')(terminal.screen())).toBe(true);
  });

  it('draws one alone, zoomed, on a log scale, smoothed, and tells so', async () => {
    const { terminal } = await charts('3\r+ym');
    await terminal.until(has('log · smooth 0.6 · zoom 2x'));
    const text = terminal.screen().join('\n');
    expect(text).not.toContain('learning_rate');
    // The second half of 0 to 490.
    expect(terminal.screen().at(-2)).toMatch(/^ +245 +490$/);
    terminal.press('-ymmm');
    await terminal.until((screen) => !/log|smooth|zoom/.test(screen[3] ?? ''));
  });

  it('lays marked runs over each other', async () => {
    const { terminal } = await charts('  3');
    await terminal.until(has('● alpha  ● beta'));
  });
});
