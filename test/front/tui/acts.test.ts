import { afterEach, expect, it } from 'vitest';
import type { RunActs } from '../../../src/front/tui/index.ts';
import { aMonitor, aRun, aView } from './a-monitor.ts';
import { type ATop, aTop } from './a-top.ts';

const open: ATop[] = [];
afterEach(async () => {
  for (const top of open.splice(0)) await top.stop();
});

const RUNS = ['alpha', 'beta', 'gamma'].map((name, index) => aRun({ instanceId: 20000001 + index, name }));

function someActs(over: Partial<RunActs> = {}): RunActs & { readonly done: string[] } {
  const done: string[] = [];
  return {
    done,
    plan: async (act, runs) =>
      runs.map(({ name }) =>
        name === 'gamma'
          ? { kind: 'refused', sentence: 'gamma was not made by this install.', savesPerHour: null }
          : { kind: 'possible', sentence: `Would ${act} ${name} at $0.412/h.`, savesPerHour: 0.4 },
      ),
    act: async (act, run, { label }) => {
      done.push([act, run.name, label].filter(Boolean).join(' '));
      return `${run.name}: done.`;
    },
    ...over,
  };
}

async function shown(acts: RunActs | null) {
  const monitor = aMonitor({ view: aView(RUNS) });
  const top = aTop(monitor, { acts, columns: 100, rows: 30 });
  open.push(top);
  await top.terminal.until((screen) => screen.some((row) => row.includes('gamma')));
  return { ...top, monitor };
}

const has = (text: string) => (screen: readonly string[]) => screen.some((row) => row.includes(text));

it('asks with the price before it stops the marked runs, and tells how each went', async () => {
  const acts = someActs();
  const { terminal, monitor } = await shown(acts);
  terminal.press('  x');
  await terminal.until(has('Stop 2 runs?'));
  await terminal.until(has('Together $0.800 an hour less.'));
  expect(has('Would stop alpha at $0.412/h.')(terminal.screen())).toBe(true);
  expect(acts.done).toEqual([]);
  terminal.press('y');
  await terminal.until(has('beta: done.'));
  expect(acts.done).toEqual(['stop alpha', 'stop beta']);
  await terminal.until(has('any key closes'));
  terminal.press('z');
  await terminal.until((screen) => !has('any key closes')(screen) && !has('●')(screen));
  expect(monitor.asked).toContain('refresh');
});

it.each([
  ['n', 'n'],
  ['Escape', '\u001b'],
  ['Enter and then n', '\rn'],
])('does nothing after %s', async (_name, keys) => {
  const acts = someActs();
  const { terminal } = await shown(acts);
  terminal.press('D');
  await terminal.until(has('y does it'));
  terminal.press(keys);
  await terminal.until((screen) => !has('y does it')(screen));
  expect(acts.done).toEqual([]);
});

it('takes no yes that was typed before the question could be read', async () => {
  let answer = () => {};
  const asked = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const acts = someActs({
    plan: async () => {
      await asked;
      return [{ kind: 'possible', sentence: 'Would destroy it.', savesPerHour: null }];
    },
  });
  const { terminal } = await shown(acts);
  terminal.press('Dyyy');
  await terminal.until(has('Asking what it would do and cost'));
  answer();
  await terminal.until(has('y does it'));
  expect(acts.done).toEqual([]);
});

it('does to some what it cannot do to all, and says so before', async () => {
  const acts = someActs();
  const { terminal } = await shown(acts);
  terminal.press('*D');
  await terminal.until(has('y does it to 2 of 3'));
  expect(has('gamma was not made by this install.')(terminal.screen())).toBe(true);
  terminal.press('y');
  await terminal.until(has('any key closes'));
  expect(acts.done).toEqual(['destroy alpha', 'destroy beta']);
});

it('cannot be told to do what is refused', async () => {
  const acts = someActs();
  const { terminal } = await shown(acts);
  terminal.press('jjD');
  await terminal.until(has('Nothing can be done; Esc closes'));
  terminal.press('y\u001b');
  await terminal.until((screen) => !has('Nothing can be done')(screen));
  expect(acts.done).toEqual([]);
});

it('acts on what was chosen, though the cursor and the marks are elsewhere by then', async () => {
  const acts = someActs();
  const { terminal, monitor } = await shown(acts);
  terminal.press('jx');
  await terminal.until(has('Would stop beta'));
  monitor.show(aView([RUNS[1] ?? aRun(), RUNS[0] ?? aRun()]));
  terminal.press('y');
  await terminal.until(has('any key closes'));
  expect(acts.done).toEqual(['stop beta']);
});

it('goes on with the others when one fails, and tells its sentence', async () => {
  const acts = someActs({
    act: async (_act, run) => {
      if (run.name === 'alpha') throw new Error('the service does not answer');
      return `${run.name}: done.`;
    },
  });
  const { terminal } = await shown(acts);
  terminal.press('  xx');
  await terminal.until(has('y does it'));
  terminal.press('y');
  await terminal.until(has('beta: done.'));
  expect(has('alpha: the service does not answer')(terminal.screen())).toBe(true);
});

it('gives a name that is typed, and numbers to several', async () => {
  const acts = someActs();
  const { terminal } = await shown(acts);
  terminal.press('L');
  await terminal.until((screen) => (screen.at(-1) ?? '').startsWith('new name: alpha'));
  terminal.press('\u0015box\r');
  await terminal.until(has('y does it'));
  terminal.press('y');
  await terminal.until(has('any key closes'));
  terminal.press('z');
  await terminal.until((screen) => !has('any key closes')(screen));
  terminal.press('  L');
  await terminal.until((screen) => (screen.at(-1) ?? '').startsWith('new name:'));
  terminal.press('node\r');
  await terminal.until(has('y does it'));
  terminal.press('y');
  await terminal.until(has('any key closes'));
  expect(acts.done).toEqual(['label alpha box', 'label alpha node-1', 'label beta node-2']);
});

it('does nothing where it is read-only, and says so', async () => {
  const { terminal } = await shown(null);
  terminal.press('D');
  await terminal.until((screen) => (screen.at(-1) ?? '').includes('this screen is read-only'));
});
