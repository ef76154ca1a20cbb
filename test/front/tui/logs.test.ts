import { afterEach, expect, it } from 'vitest';
import { aMonitor, aRun, aView, NOW_MS, type Script, type ScriptedMonitor, someLines } from './a-monitor.ts';
import { type ATop, type ATopOptions, aTop } from './a-top.ts';

const open: ATop[] = [];
afterEach(async () => {
  for (const top of open.splice(0)) await top.stop();
});

const KEY = 'instance 20000001';
const SCRIPT: Script = {
  view: aView([aRun({ name: 'alpha' }), aRun({ instanceId: 20000002, name: 'beta' })]),
  kept: (key) =>
    someLines(key === KEY ? 3000 : 12, (index) =>
      index % 100 === 7 ? `warning: slow ${index}` : `step ${index}.`,
    ),
};

async function logs(
  keys: string,
  options: ATopOptions = { columns: 80, rows: 24 },
): Promise<ATop & { monitor: ScriptedMonitor }> {
  const monitor = aMonitor(SCRIPT);
  const top = aTop(monitor, options);
  open.push(top);
  await top.terminal.until((screen) => screen.some((row) => row.includes('step 3000.')));
  top.terminal.press(keys);
  return Object.assign(top, { monitor });
}

const has = (text: string) => (screen: readonly string[]) => screen.some((row) => row.includes(text));
const line = (seq: number, text = `step ${seq}.`) => ({ seq, attempt: 1, atMs: NOW_MS, text });

it('follows new lines, holds them while somebody reads, and follows again', async () => {
  const { terminal, monitor } = await logs('2');
  await terminal.until(has('step 2981.'));
  monitor.tellLines(KEY, [line(3001), line(3002)]);
  await terminal.until(has('step 3002.'));
  terminal.press('f');
  await terminal.until(has('held, 0 newer'));
  monitor.tellLines(KEY, [line(3003), line(3004)]);
  await terminal.until(has('held, 2 newer'));
  expect(terminal.screen().at(-2)).toBe('step 3002.');
  terminal.press('f');
  await terminal.until(has('step 3004.'));
});

it('takes a line that comes twice once', async () => {
  const { terminal, monitor } = await logs('2');
  monitor.tellLines(KEY, [line(3000), line(3001)]);
  monitor.tellLines(KEY, [line(3001), line(3002)]);
  await terminal.until(has('step 3002.'));
  expect(terminal.screen().filter((row) => row === 'step 3001.')).toHaveLength(1);
});

it('goes back through what is kept, to the first line', async () => {
  const { terminal, monitor } = await logs('2');
  await terminal.until(has('step 2990.'));
  // Every time the oldest line that is here comes near, older ones are asked for.
  for (const first of [2501, 1001, 1]) {
    terminal.press('g');
    await terminal.until((screen) => screen[3] === `step ${first}.` || screen[4] === `step ${first}.`);
  }
  expect(monitor.asked.filter((asked) => asked.startsWith('lines instance 20000001'))).toEqual([
    `lines ${KEY} 500`,
    `lines ${KEY} 2000`,
    `lines ${KEY} 8000`,
  ]);
  terminal.press('G');
  await terminal.until(has('step 3000.'));
});

it('searches older lines first, and newer ones with N', async () => {
  const { terminal } = await logs('2/slow\r');
  await terminal.until((screen) => screen.at(-2) === 'warning: slow 2907');
  expect(terminal.screen()[2]).toContain('/slow');
  const at = 'warning: '.length;
  expect(terminal.cell(at, 22)).toMatchObject({ text: 's', isInverse: true });
  expect(terminal.cell(at - 2, 22).isInverse).toBe(false);
  terminal.press('n');
  await terminal.until((screen) => screen.at(-2) === 'warning: slow 2807');
  terminal.press('N');
  await terminal.until((screen) => screen.at(-2) === 'warning: slow 2907');
  terminal.press('/Slow\r');
  await terminal.until(has('No older line has "Slow"'));
});

it('shows only lines with a word', async () => {
  const { terminal } = await logs('2&warn\r');
  await terminal.until((screen) => screen[3] === 'warning: slow 2507' && screen[7] === 'warning: slow 2907');
  expect(has('step ')(terminal.screen())).toBe(false);
});

it('breaks long lines when asked to, and cuts them otherwise', async () => {
  const { terminal, monitor } = await logs('2');
  monitor.tellLines(KEY, [line(3001, `${'x'.repeat(100)}END`)]);
  await terminal.until(has('xxx'));
  expect(terminal.screen().at(-2)).toBe(`${'x'.repeat(79)}…`);
  terminal.press('w');
  await terminal.until(has('END'));
  expect(terminal.screen().slice(-3, -1)).toEqual(['x'.repeat(80), `${'x'.repeat(20)}END`]);
});

it('clears what is shown and goes on with what comes', async () => {
  const { terminal, monitor } = await logs('2c');
  await terminal.until(has('Cleared; new lines come here.'));
  monitor.tellLines(KEY, [line(3001)]);
  await terminal.until(has('step 3001.'));
  expect(has('step 3000.')(terminal.screen())).toBe(false);
});

it('shows the last ten lines of every run', async () => {
  const { terminal } = await logs('2a', { columns: 80, rows: 40 });
  await terminal.until((screen) => has('LOGS of all')(screen) && has('step 12.')(screen));
  const text = terminal.screen().join('\n');
  expect(text).toMatch(/alpha[^\n]*\nstep 2991\.[\s\S]*step 3000\.\nbeta[^\n]*\nstep 3\.[\s\S]*step 12\./);
  expect(text).not.toContain('step 2990.');
  expect(text).not.toMatch(/\nstep 2\./);
});
