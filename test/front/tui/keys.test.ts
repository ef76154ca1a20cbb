import { afterEach, describe, expect, it } from 'vitest';
import { findBinding, KEY_TABLE } from '../../../src/front/tui/keys/key-table.ts';
import { SCREENS } from '../../../src/front/tui/state/screen-state.ts';
import { aMonitor, aRun, aView, type Script, type ScriptedMonitor, someLines } from './a-monitor.ts';
import { type ATop, type ATopOptions, aTop } from './a-top.ts';

const open: ATop[] = [];
afterEach(async () => {
  for (const top of open.splice(0)) await top.stop();
});

const RUNS = ['alpha', 'beta', 'gamma', 'delta'].map((name, index) =>
  aRun({
    instanceId: 20000001 + index,
    name,
    group: index < 2 ? 'language' : 'vision',
    loss: 4 - index,
    gpuPercent: index === 3 ? null : 10 * (index + 1),
  }),
);
const SCRIPT: Script = {
  view: aView(RUNS),
  kept: (key) => someLines(600, (index) => `${key} says ${index}`),
};

async function shown(
  options: ATopOptions = {},
  script = SCRIPT,
): Promise<ATop & { monitor: ScriptedMonitor }> {
  const monitor = aMonitor(script);
  const top = aTop(monitor, options);
  open.push(top);
  await top.terminal.until((screen) => screen.some((row) => row.includes('says 600')));
  return Object.assign(top, { monitor });
}

const cursor = (screen: readonly string[]) => screen.find((row) => row.startsWith('>')) ?? '';
const names = (screen: readonly string[]) =>
  screen.flatMap((row) => /^[> ][ ●]2\d{7} +(\w+)/.exec(row)?.[1] ?? []);

describe('the table of keys', () => {
  it.each(SCREENS)('gives no key two meanings on the screen %s', (screen) => {
    const keys = KEY_TABLE.filter(({ screens }) => screens?.includes(screen) ?? true).flatMap(
      ({ keys: all }) => all,
    );
    expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
  });

  it('is what is looked up', () => {
    expect(findBinding('/', 'overview')?.command).toBe('filter');
    expect(findBinding('/', 'logs')?.command).toBe('search');
    expect(findBinding('§', 'logs')).toBeUndefined();
  });

  it('is drawn as the help, every line of it', async () => {
    const { terminal } = await shown({ columns: 120, rows: 100, acts: null });
    terminal.press('?');
    await terminal.until((screen) => screen.some((row) => row.includes(' Keys ')));
    const text = terminal.screen().join('\n');
    for (const { help, isAct } of KEY_TABLE) {
      // Nothing can be done from a screen that is read-only.
      expect(text.includes(help), help).toBe(isAct !== true);
    }
    terminal.press('\u001b');
    await terminal.until((screen) => !screen.some((row) => row.includes(' Keys ')));
  });

  it('scrolls in a small window to its end', async () => {
    const { terminal } = await shown({ columns: 80, rows: 24 });
    terminal.press('?');
    await terminal.until((screen) => screen.some((row) => row.includes(' Keys ')));
    terminal.press('      ');
    await terminal.until((screen) => screen.some((row) => row.includes('Fields of the filter')));
  });
});

it('counts every key of one burst', async () => {
  const { terminal } = await shown();
  terminal.press('jjj');
  await terminal.until((screen) => cursor(screen).includes('delta'));
  terminal.press('kk\u001b[B');
  await terminal.until((screen) => cursor(screen).includes('gamma'));
  terminal.press('g j ');
  await terminal.until((screen) => screen.some((row) => row.startsWith('2 marked')));
  expect(terminal.screen().filter((row) => row.includes('●'))).toHaveLength(2);
});

describe('the filter', () => {
  it('takes hold while it is typed, and Escape brings back what was', async () => {
    const { terminal } = await shown();
    terminal.press('/gam');
    await terminal.until((screen) => names(screen).join() === 'gamma');
    expect(terminal.screen().at(-1)).toMatch(/^filter: gam/);
    terminal.press('\u007f\u007f\u007f');
    await terminal.until((screen) => names(screen).length === 4);
    terminal.press('loss<3\r');
    await terminal.until((screen) => names(screen).join() === 'gamma,delta');
    expect(terminal.screen().at(-1)).toContain('/loss<3');
    terminal.press('/x');
    await terminal.until((screen) => (screen.at(-1) ?? '').startsWith('filter: loss<3x'));
    terminal.press('\u001b');
    await terminal.until((screen) => names(screen).join() === 'gamma,delta');
  });

  it('that nothing fits says so', async () => {
    const { terminal } = await shown();
    terminal.press('/nothing\r');
    await terminal.until((screen) =>
      screen.some((row) => row.includes('None of the 4 runs is in the filter "nothing"')),
    );
  });
});

it('goes through the groups and back to all', async () => {
  const { terminal } = await shown();
  expect(terminal.screen()[2]).toMatch(/ all 4 +language 2 +vision 2/);
  terminal.press('\t');
  await terminal.until((screen) => names(screen).join() === 'alpha,beta');
  terminal.press('\t');
  await terminal.until((screen) => names(screen).join() === 'gamma,delta');
  terminal.press('\t');
  await terminal.until((screen) => names(screen).length === 4);
  terminal.press('\u001b[Z');
  await terminal.until((screen) => names(screen).join() === 'gamma,delta');
});

it('sorts by a column, what is unknown always last, and turns round', async () => {
  const { terminal } = await shown();
  // ID, name, GPU, status, state, progress, GPU %.
  terminal.press('ooooooo');
  await terminal.until((screen) => /GPU▲/.test(screen[3] ?? ''));
  expect(names(terminal.screen())).toEqual(['alpha', 'beta', 'gamma', 'delta']);
  terminal.press('O');
  await terminal.until((screen) => /GPU▼/.test(screen[3] ?? ''));
  expect(names(terminal.screen())).toEqual(['gamma', 'beta', 'alpha', 'delta']);
  expect(cursor(terminal.screen())).toContain('alpha');
});

it('hides a column and shows it again', async () => {
  const { terminal } = await shown();
  expect(terminal.screen()[3]).toContain('NAME');
  terminal.press('Cj ');
  await terminal.until((screen) => screen.some((row) => row.includes('[ ] name')));
  terminal.press('\u001b');
  await terminal.until((screen) => !(screen[3] ?? '').includes('NAME'));
});

it('asks the monitor to pause, to go on, to refresh, and for the next source', async () => {
  const { terminal, monitor } = await shown();
  terminal.press('p');
  await terminal.until((screen) => (screen[0] ?? '').includes('PAUSED'));
  terminal.press('p');
  await terminal.until((screen) => !(screen[0] ?? '').includes('PAUSED'));
  terminal.press('rt');
  await terminal.until((screen) => (screen.at(-1) ?? '').includes('Lines now come from the tmux pane.'));
  const acts = monitor.asked.filter((asked) => !/^(lines|look)/.test(asked));
  expect(acts).toEqual(['pause', 'go on', 'refresh', 'next source instance 20000001']);
});

it('looks at what is on the screen, and at one run when it is alone there', async () => {
  const { terminal, monitor } = await shown();
  const all = 'look at instance 20000001, instance 20000002, instance 20000003, instance 20000004';
  expect(monitor.asked.filter((asked) => asked.startsWith('look'))).toEqual([all]);
  terminal.press('j\r');
  await terminal.until((screen) => screen.some((row) => row.startsWith('beta instance 20000002')));
  expect(monitor.asked).toContain('look at instance 20000002');
  terminal.press(']');
  await terminal.until((screen) => screen.some((row) => row.startsWith('gamma instance 20000003')));
  terminal.press('\u001b');
  await terminal.until((screen) => cursor(screen).includes('gamma'));
});

it.each([
  ['q', 'q'],
  ['Ctrl-C', '\u0003'],
])('ends at %s and leaves the terminal as it was', async (_name, bytes) => {
  const top = await shown();
  expect(top.terminal.buffer()).toBe('alternate');
  expect(top.terminal.isRaw()).toBe(true);
  top.terminal.press(bytes);
  await top.done;
  await top.terminal.until(() => top.terminal.buffer() === 'normal');
  expect(top.terminal.isRaw()).toBe(false);
  expect(top.terminal.screen().join('')).toBe('');
});
