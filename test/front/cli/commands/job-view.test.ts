// What a driven job shows: its log line by line and never twice, its phases, and nothing while a question stands.
import { describe, expect, it } from 'vitest';
import { type MicroUsd, SteppedClock } from '../../../../src/base/std/index.ts';
import { createJobView, type JobViewOptions } from '../../../../src/front/cli/commands/job-view.ts';
import type { Context } from '../../../../src/front/cli/context.ts';
import type { JobRecord, JobStatus } from '../../../../src/rent/jobs/index.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);

function aView(options: Partial<JobViewOptions> = {}) {
  const clock = new SteppedClock(Date.UTC(2026, 10, 22));
  const printed = { out: '', err: '' };
  const context = {
    clock,
    terminal: {
      columns: 100,
      outIsTerminal: false,
      errIsTerminal: false,
      out: (text: string) => {
        printed.out += text;
      },
      err: (text: string) => {
        printed.err += text;
      },
    },
  } as unknown as Context;
  const view = createJobView(context, {
    format: 'text',
    isSeveral: false,
    // Neither is what is looked at here: the job has had no machine yet.
    sources: { records: { attempts: async () => [] }, rentals: { list: async () => [] } as never },
    ...options,
  });
  const record = (status: JobStatus, reason = ''): JobRecord =>
    ({
      id: 'job_1',
      name: 'train',
      status,
      reason,
      attempt: 1,
      sinceMs: clock.now(),
      spent: 0 as MicroUsd,
    }) as JobRecord;
  return { view, printed, record, observer: view.observe({ id: 'job_1', name: 'train' }) };
}

describe('The view of a job', () => {
  it('prints whole lines, however the bytes come, and the rest of one at the end', async () => {
    const { view, printed, observer, record } = aView();
    const euro = bytesOf('a €\nb');
    observer.onLog?.({ offset: 0, bytes: euro.subarray(0, 3) }, 1);
    observer.onLog?.({ offset: 3, bytes: euro.subarray(3) }, 1);
    await view.settle();
    expect(printed.out).toBe('a €\n');
    observer.onChange?.(record('succeeded', 'done'));
    await view.settle();
    view.end();
    expect(printed.out).toBe('a €\nb\n');
    expect(printed.err).toContain('train is succeeded: done, $0.00 spent.\n');
  });

  it('prints nothing twice when another driver begins before where the last one was', async () => {
    const { view, printed, observer } = aView();
    observer.onLog?.({ offset: 0, bytes: bytesOf('one\ntwo\n') }, 1);
    observer.onLog?.({ offset: 0, bytes: bytesOf('one\ntwo\nthree\n') }, 1);
    observer.onLog?.({ offset: 4, bytes: bytesOf('two\n') }, 1);
    // The log of another attempt, and one that began anew, are other logs.
    observer.onLog?.({ offset: 0, bytes: bytesOf('four\n') }, 2);
    observer.onLog?.({ offset: 0, bytes: bytesOf('five\n'), restarted: 'replaced' }, 2);
    await view.settle();
    expect(printed.out).toBe('one\ntwo\nthree\nfour\nfive\n');
  });

  it('says a phase once, and nothing of it while only its reason changes', async () => {
    const { view, printed, observer, record } = aView();
    for (const reason of ['pulling', 'starting']) observer.onChange?.(record('booting', reason));
    await view.settle();
    view.end();
    expect(printed.err.match(/train is booting/g)).toHaveLength(1);
  });

  it('is silent while a question stands, and then says all of it in order', async () => {
    const { view, printed, observer } = aView();
    view.hold();
    observer.onLog?.({ offset: 0, bytes: bytesOf('one\n') }, 1);
    await view.settle();
    expect(printed.out).toBe('');
    observer.onLog?.({ offset: 4, bytes: bytesOf('two\n') }, 1);
    await view.settle();
    view.goOn();
    expect(printed.out).toBe('one\ntwo\n');
  });

  it('keeps so much while a question stands, and says how much more there was', async () => {
    const { view, printed, observer } = aView();
    view.hold();
    observer.onLog?.({ offset: 0, bytes: bytesOf('x\n'.repeat(5_003)) }, 1);
    await view.settle();
    view.goOn();
    expect(printed.out).toBe('x\n'.repeat(5_000));
    expect(printed.err).toContain('3 more lines came meanwhile');
  });

  it('of several says whose each line is; without a log none is shown', async () => {
    const several = aView({ isSeveral: true });
    several.observer.onLog?.({ offset: 0, bytes: bytesOf('one\n') }, 1);
    await several.view.settle();
    expect(several.printed.out).toBe('train | one\n');
    const silent = aView({ showsLog: false });
    silent.observer.onLog?.({ offset: 0, bytes: bytesOf('one\n') }, 1);
    await silent.view.settle();
    expect(silent.printed.out).toBe('');
  });

  it('for programs is an object an event, with every change and every line', async () => {
    const { view, printed, observer, record } = aView({ format: 'json' });
    observer.onChange?.(record('running', 'runs'));
    observer.onLog?.({ offset: 0, bytes: bytesOf('one\n') }, 1);
    observer.onChange?.(record('running', 'runs well'));
    observer.onChange?.(record('failed', 'exited with 1'));
    await view.settle();
    const events = printed.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.map(({ event, status, reason, text }) => [event, status ?? text, reason])).toEqual([
      ['status', 'running', 'runs'],
      ['log', 'one', undefined],
      ['status', 'running', 'runs well'],
      ['ended', 'failed', 'exited with 1'],
    ]);
    expect(events[0]).toMatchObject({
      at: '2026-11-22T00:00:00Z',
      id: 'job_1',
      name: 'train',
      instance_id: null,
    });
    expect(printed.err).toBe('');
  });
});
