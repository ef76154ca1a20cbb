import { afterEach, expect, it } from 'vitest';
import { aMonitor, aRun, aView, someLines } from './a-monitor.ts';
import { type ATop, aTop } from './a-top.ts';

const open: ATop[] = [];
afterEach(async () => {
  for (const top of open.splice(0)) await top.stop();
});

it('saves what is on the screen, as text and as a picture of the same cells', async () => {
  const monitor = aMonitor({ view: aView([aRun({ name: 'a <b> & "c"' })]), kept: () => someLines(30) });
  const top = aTop(monitor, { columns: 120, rows: 40 });
  open.push(top);
  await top.terminal.until((screen) => screen.some((row) => row.includes('line 30')));
  const before = top.terminal.screen();
  top.terminal.press('S');
  await top.terminal.until((screen) =>
    (screen.at(-1) ?? '').includes('Saved the screen as top.svg and top.txt.'),
  );
  const [saved] = top.saved;
  expect(saved?.text.split('\n').slice(0, 40)).toEqual(before);
  const svg = saved?.svg ?? '';
  expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" width="1032" height="744"/);
  expect(svg).toContain('a &lt;b&gt; &amp; &quot;c&quot;');
  expect(svg).not.toContain('<b>');
  // Every row of the screen that has something in it is in the picture.
  for (const seq of [28, 29, 30]) expect(svg).toContain(`>line ${seq}<`);
  expect(svg.trimEnd()).toMatch(/<\/svg>$/);
});
