import { afterEach, describe, expect, it } from 'vitest';
import { microUsd } from '../../../src/base/std/index.ts';
import { aMetric, aMonitor, aRun, aView, NOW_MS, type Script, someLines } from './a-monitor.ts';
import { type ATop, type ATopOptions, aTop } from './a-top.ts';

const ESCAPE = String.fromCharCode(27);
const SGR = new RegExp(`${ESCAPE}\\[([\\d;]*)m`, 'g');

const open: ATop[] = [];
afterEach(async () => {
  for (const top of open.splice(0)) await top.stop();
});

async function shown(script: Script, options: ATopOptions = {}, wanted = 'quit'): Promise<ATop> {
  const top = aTop(aMonitor(script), options);
  open.push(top);
  await top.terminal.until((screen) => screen.some((row) => row.includes(wanted)));
  return top;
}

const RUNS = [
  aRun({ instanceId: 20000001, name: 'llama' }),
  aRun({ instanceId: 20000002, name: 'vit', status: 'loading', gpuCount: 8, gpuName: 'H100 SXM' }),
  aRun({ instanceId: 20000003, name: 'bert', status: 'created', gpuPercent: null }),
  aRun({
    instanceId: 20000004,
    name: 'gpt2',
    status: 'exited',
    health: {
      status: 'exited',
      colour: 'red',
      reason: 'It ended with exit code 1',
      sinceMs: NOW_MS,
      costPerHour: microUsd(0.4),
      wastedPerHour: microUsd(0.4),
    },
    wastePerHour: 0.4,
  }),
];
const SCRIPT: Script = { view: aView(RUNS), kept: () => someLines(40) };

describe.each([
  [80, 24],
  [120, 40],
  [300, 100],
] as const)('at %i by %i the screen', (columns, rows) => {
  it('has every column that is asked for, over the figures of the run', async () => {
    const { terminal } = await shown(SCRIPT, { columns, rows }, 'line 40');
    const screen = terminal.screen();
    const heading = screen[2] ?? '';
    const row = screen[3] ?? '';
    // A row is its cells: a sign of two cells must not move what comes after it.
    const cells = Array.from({ length: columns }, (_, column) => terminal.cell(column, 3).text || ' ').join(
      '',
    );
    const figures = {
      ID: '20000001',
      ST: '✅',
      'GPU%': '71%',
      'MEM%': '40%',
      'DSK%': '55%',
      LOSS: '2.314',
      ETA: '1h42m',
      'COST/H': '$0.412',
      TOTAL: '$1.23',
    };
    for (const [title, figure] of Object.entries(figures)) {
      const at = heading.indexOf(title);
      expect(at, `${title} in ${heading}`).toBeGreaterThan(0);
      const isRight = !['ID', 'ST'].includes(title);
      const end = at + title.length;
      const under = Array.from({ length: columns }, (_, column) => terminal.cell(column, 3));
      const text = under
        .slice(isRight ? end - figure.length : at, isRight ? end : at + figure.length)
        .map(({ text: one }) => one)
        .join('');
      expect(text, `under ${title}: ${cells}`).toBe(figure);
    }
    expect(row).toContain(columns === 80 ? '1x 4090' : '1x RTX 4090');
    expect(row).toMatch(/█.*50%/);
    expect(row).toMatch(/█[▁-█]*▁/);
  });

  it('fills the window and no more, and its signs take two cells', async () => {
    const { terminal } = await shown(SCRIPT, { columns, rows }, 'line 40');
    expect(terminal.screen()).toHaveLength(rows);
    expect(terminal.screen().at(-1)).toMatch(/\? help q quit$/);
    const heading = terminal.screen()[2] ?? '';
    const at = heading.indexOf('ST ');
    for (const [row, sign] of ['✅', '🔄', '⏳', '❌'].entries()) {
      expect(terminal.cell(at, 3 + row)).toMatchObject({ text: sign, width: 2 });
    }
  });

  it('says what it costs, the projection and the hour at which the credit ends', async () => {
    const { terminal } = await shown(SCRIPT, { columns, rows }, 'line 40');
    const [title = '', sums = ''] = terminal.screen();
    expect(title).toMatch(/^vastdeck top 4 runs, 1 running, 11 GPUs.* 14:03:11 UTC$/);
    expect(sums).toContain('$1.65/h');
    expect(sums).toContain('spent $4.92');
    expect(sums).toContain('month end $321.50');
    expect(sums).toContain('credit $54.10 ends Sun 19:03');
  });

  it('shows at least ten lines of the run, the newest last', async () => {
    const { terminal } = await shown(SCRIPT, { columns, rows }, 'line 40');
    const screen = terminal.screen();
    const last = screen.findLastIndex((row) => row.includes('line 40'));
    for (let back = 0; back < 10; back += 1) expect(screen[last - back]).toContain(`line ${40 - back}`);
  });
});

describe('the look', () => {
  it('colours a healthy run green, an ended one red, and the row under the cursor light', async () => {
    const { terminal } = await shown(SCRIPT, { look: { depth: '16' } }, 'line 40');
    expect(terminal.cell(2, 3)).toMatchObject({ isInverse: true });
    const at = (terminal.screen()[2] ?? '').indexOf('PROGRESS');
    expect(terminal.cell(at, 4)).toMatchObject({ isInverse: false, isColoured: true, colour: 2 });
    expect(terminal.cell(at, 6)).toMatchObject({ isColoured: true, colour: 1 });
  });

  it('sets no colour without colours, and still shows the cursor', async () => {
    const top = await shown(SCRIPT, { look: { depth: 'none' } }, 'line 40');
    const codes = [...top.terminal.written().matchAll(SGR)].flatMap(([, code = '']) => code.split(';'));
    expect([...new Set(codes)].toSorted()).toEqual(['0', '1', '7']);
    expect(top.terminal.cell(2, 3).isInverse).toBe(true);
    expect(top.terminal.screen()[3]).toMatch(/^>/);
  });

  it.each([
    ['16', /^(\d;)*3[0-7]$/],
    ['256', /^(\d;)*38;5;\d+$/],
    ['true', /^(\d;)*38;2;\d+;\d+;\d+$/],
  ] as const)('uses the colours of a terminal with %s', async (depth, code) => {
    const top = await shown(SCRIPT, { look: { depth } }, 'line 40');
    const codes = [...top.terminal.written().matchAll(SGR)].map(([, one = '']) => one);
    expect(codes.some((one) => code.test(one))).toBe(true);
  });

  it('is made of letters alone where there is no Unicode, in names and lines too', async () => {
    const script: Script = {
      view: aView([aRun({ name: 'café' }), aRun({ instanceId: 2, status: 'exited' })]),
      kept: () => someLines(3, (index) => `loss ↓ 損失 ${index}`),
      points: () => [aMetric({ step: 1, value: 3 }), aMetric({ step: 2, value: 2 })],
    };
    const { terminal } = await shown(script, { look: { hasUnicode: false } }, '???? 3');
    const text = terminal.screen().join('\n');
    expect(text).toMatch(/^[\x20-\x7e\n]*$/);
    const at = (terminal.screen()[2] ?? '').indexOf('ST ');
    expect(terminal.cell(at, 3).text).toBe('R');
    expect(terminal.cell(at, 4).text).toBe('X');
  });

  it('does not obey what a name or a line would have the terminal do', async () => {
    const script: Script = {
      view: aView([aRun({ name: 'evil\u001b[2J\u009b5A' })]),
      kept: () => someLines(2, () => 'a\u001b[31mred\rb'),
    };
    const { terminal } = await shown(script, {}, 'red');
    expect(terminal.screen().join('\n')).toContain('evil�[2J�5A');
    expect(terminal.screen().join('\n')).toContain('a�[31mred�b');
  });
});

describe('where there are no runs, the place of the table', () => {
  it('says what is wrong and the command that mends it', async () => {
    const trouble = 'There is no API key: run "vastdeck login", or set VAST_API_KEY.';
    const { terminal } = await shown(
      { view: aView([], { trouble, listedAtMs: null }) },
      { columns: 80, rows: 24 },
      'login',
    );
    expect(terminal.screen().slice(3, 7).join(' ')).toContain(trouble);
  });

  it('says that it still asks before the first listing', async () => {
    const { terminal } = await shown({ view: aView([], { listedAtMs: null }) }, {}, 'Asking');
    expect(terminal.screen().join('\n')).toContain('Asking which instances there are');
  });

  it('says how to make some when the account has none', async () => {
    const { terminal } = await shown({ view: aView([]) }, {}, 'no instances');
    expect(terminal.screen().join('\n')).toContain('vastdeck rent');
  });
});

describe('what is old', () => {
  it('is marked as a question from three intervals on, and not before', async () => {
    const runs = [
      aRun({ sampledAtMs: NOW_MS - 30_000 }),
      aRun({ instanceId: 2, sampledAtMs: NOW_MS - 30_001 }),
    ];
    const { terminal } = await shown({ view: aView(runs) }, {}, '71?');
    expect(terminal.screen()[3]).toContain('71%');
    expect(terminal.screen()[4]).toContain('71?');
  });

  it('tells its age in the title when no view comes', async () => {
    const { terminal } = await shown({ view: aView([aRun()], { atMs: NOW_MS - 31_000 }) }, {}, '31s old');
    expect(terminal.screen()[0]).toContain('31s old');
  });
});

it('says that figures are simulated', async () => {
  const { terminal } = await shown({ view: aView(RUNS, { isSimulated: true }) }, { columns: 80, rows: 24 });
  expect(terminal.screen()[0]).toContain('SIMULATED');
});

it('follows the window to another size and writes every row of it', async () => {
  const { terminal } = await shown(SCRIPT, { columns: 120, rows: 40 }, 'line 40');
  for (const [columns, rows] of [
    [80, 24],
    [300, 100],
    [120, 40],
  ] as const) {
    terminal.resize(columns, rows);
    await terminal.until((screen) => screen[0]?.length === columns && screen[0].startsWith('vastdeck top'));
    expect(terminal.screen()).toHaveLength(rows);
    expect(terminal.screen().at(-1)).toHaveLength(columns - 1);
    expect(terminal.screen().filter((row) => row.startsWith('LOGS'))).toHaveLength(1);
  }
});

it('says that a window is too small instead of drawing rubbish', async () => {
  const { terminal } = await shown(SCRIPT, { columns: 39, rows: 24 }, 'needs');
  expect(terminal.screen()[0]).toBe('vastdeck top needs 40x8; q quits');
});

it('writes nothing when a view comes that shows the same', async () => {
  const monitor = aMonitor(SCRIPT);
  const top = aTop(monitor);
  open.push(top);
  await top.terminal.until((screen) => screen.some((row) => row.includes('line 40')));
  const before = top.terminal.written().length;
  monitor.show(aView(RUNS));
  monitor.show({ ...aView(RUNS) });
  // A frame that is to be seen comes after those that are not.
  monitor.show(aView(RUNS, { isSimulated: true }));
  await top.terminal.until((screen) => (screen[0] ?? '').includes('SIMULATED'));
  const rows = top.terminal
    .written()
    .slice(before)
    .match(/\d+;1H/g);
  expect(rows).toEqual(['1;1H']);
});
