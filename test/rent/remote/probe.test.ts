// What a probe tells of a machine, and that no part of it takes the others with it.
import { describe, expect, it } from 'vitest';
import { createDetachedRuns, createSampler, parseSample } from '../../../src/rent/remote/index.ts';
import { aRealTarget, aTwin, stepped } from './a-target.ts';

const mark = (name: string, code = 0) => `\n@@vastdeck-part ${name} ${code}\n`;

describe('a sample', () => {
  it('holds what the parts say, nulls for what the driver does not tell', () => {
    const output = [
      '0, GPU-aa, NVIDIA GeForce RTX 4090, 97, 20480, 24564, 71, 402.51, 450.00',
      '1, GPU-bb, NVIDIA GeForce RTX 4090, [N/A], 1, 24564, [Unknown Error], [N/A], 450.00',
      mark('gpus'),
      '/sys/fs/cgroup/memory.max 4000000000',
      '/sys/fs/cgroup/memory.current 1000000000',
      'MemTotal:       65536000 kB\nMemFree: 1000 kB\nMemAvailable:   32768000 kB',
      mark('memory'),
      'Filesystem 1024-blocks Used Available Capacity Mounted on\noverlay 10485760 1048576 9437184 10% /',
      mark('disk'),
      '1.50 1.20 0.80 3/512 4242\n16',
      mark('load'),
      '77:123\n  PID  PGID ELAPSED COMMAND\n   77    77      90 python3\n   78    77      60 pt_data worker\n   99    99       5 sshd',
      mark('processes'),
      'step 10 | 1.5 it/s\nstep 20 | 2.25 it/s',
      mark('throughput'),
    ].join('\n');
    const sample = parseSample(output, 5, { file: 'log', pattern: /([\d.]+) it\/s/ });
    expect(sample).toEqual({
      atMs: 5,
      gpus: {
        isKnown: true,
        value: [
          {
            index: 0,
            uuid: 'GPU-aa',
            name: 'NVIDIA GeForce RTX 4090',
            utilizationPercent: 97,
            memoryUsedMb: 20480,
            memoryTotalMb: 24564,
            temperatureC: 71,
            powerW: 402.51,
            powerLimitW: 450,
          },
          expect.objectContaining({ utilizationPercent: null, temperatureC: null, powerW: null }),
        ],
      },
      memory: { isKnown: true, value: { totalBytes: 4e9, usedBytes: 1e9 } },
      disk: {
        isKnown: true,
        value: { totalBytes: 10 * 2 ** 30, usedBytes: 2 ** 30, freeBytes: 9 * 2 ** 30 },
      },
      load: { isKnown: true, value: { oneMinute: 1.5, cores: 16 } },
      processes: {
        isKnown: true,
        value: [
          { pid: 77, runsForMs: 90_000, name: 'python3' },
          { pid: 78, runsForMs: 60_000, name: 'pt_data worker' },
        ],
      },
      throughput: { isKnown: true, value: 2.25 },
    });
  });

  it.each([
    ['gpus', 'sh: nvidia-smi: not found', 127, 'the machine has no nvidia-smi'],
    ['gpus', '', 124, 'it took too long and was ended'],
    ['gpus', 'No devices were found', 6, 'its command ended with code 6: "No devices were found"'],
    ['disk', 'something else', 0, 'its output has another form: "something else"'],
    ['memory', 'MemTotal: many', 0, 'its output has another form: "MemTotal: many"'],
  ] as const)('says why %s is not known: %j with code %i', (part, text, code, reason) => {
    const sample = parseSample(`${text}${mark(part, code)}0.5 0.4 0.3 1/2 3\n8${mark('load')}`, 0, undefined);
    expect(sample[part]).toEqual({ isKnown: false, reason });
    expect(sample.load).toMatchObject({ isKnown: true });
  });

  it('tells processes also where ps tells no times', () => {
    const text = `77:1\nPID   PGID  COMMAND\n   77    77 python3\n   99    99 sshd\n${mark('processes')}`;
    expect(parseSample(text, 0, undefined).processes).toEqual({
      isKnown: true,
      value: [{ pid: 77, runsForMs: null, name: 'python3' }],
    });
  });

  it('of a probe that was cut off keeps what came', () => {
    const sample = parseSample(`0.5 0.4 0.3 1/2 3\n8${mark('load')}12.5`, 0, { command: 'rate' });
    expect(sample.load.isKnown).toBe(true);
    expect(sample.throughput).toMatchObject({ isKnown: false });
  });
});

describe('a sampler', () => {
  it('asks the machine once for all who ask within its interval, and again after it', async () => {
    let probes = 0;
    const target = aTwin({
      programs: {
        'nvidia-smi': async (process) => {
          probes += 1;
          await process.sleep(1_000);
          await process.print('0, GPU-aa, RTX 4090, 50, 1, 2, 3, 4, 5');
          return 0;
        },
      },
    });
    const sampler = createSampler(target, {
      intervalMs: 5_000,
      throughput: { command: 'echo 12.5 samples/s' },
    });
    const all = await stepped(target.clock, Promise.all(Array.from({ length: 10 }, () => sampler.sample())));
    expect(new Set(all).size).toBe(1);
    expect(all[0]).toMatchObject({ gpus: { isKnown: true }, throughput: { isKnown: true, value: 12.5 } });
    expect(all[0]?.disk).toMatchObject({ isKnown: true });
    // The twin has no /proc: those parts say so, and only those.
    expect(all[0]?.memory).toMatchObject({ isKnown: false });
    expect(target.twin.refusals).toEqual([]);
    await target.clock.step(4_900);
    expect(await sampler.sample()).toBe(all[0]);
    expect(probes).toBe(1);
    await target.clock.step(200);
    await stepped(target.clock, sampler.sample());
    expect(probes).toBe(2);
  });

  it('lets one who waits go, and goes on for the others', async () => {
    const target = aTwin({ programs: { 'nvidia-smi': (process) => process.sleep(3_000).then(() => 0) } });
    const sampler = createSampler(target);
    const stopping = new AbortController();
    const [leaving, staying] = [sampler.sample({ signal: stopping.signal }), sampler.sample()];
    const reason = new Error('enough');
    stopping.abort(reason);
    await expect(leaving).rejects.toBe(reason);
    expect(await stepped(target.clock, staying)).toMatchObject({ gpus: { isKnown: true, value: [] } });
  });

  it('knows everything of a real machine', async () => {
    await using target = await aRealTarget();
    const runs = createDetachedRuns(target);
    await runs.start({ runId: 'run', command: 'echo "rate 7.5"; sleep 100 & sleep 101' });
    const log = runs.logPath('run');
    const sampler = createSampler(target, {
      runFolder: log.slice(0, log.lastIndexOf('/')),
      throughput: { file: log, pattern: /rate (?<value>[\d.]+)/ },
      intervalMs: 0,
    });
    let sample = await sampler.sample();
    while (!sample.throughput.isKnown || !sample.processes.isKnown || sample.processes.value.length < 3)
      sample = await sampler.sample();
    expect(sample.throughput).toEqual({ isKnown: true, value: 7.5 });
    expect(sample.processes.value.map(({ name }) => name).sort()).toEqual(['bash', 'sleep', 'sleep']);
    expect(sample.gpus).toMatchObject({
      isKnown: true,
      value: [{ index: 0, memoryTotalMb: 24_564 }, { index: 1 }],
    });
    expect(sample.memory).toMatchObject({ isKnown: true, value: { totalBytes: expect.any(Number) } });
    expect(sample.disk).toMatchObject({ isKnown: true });
    expect(sample.load).toMatchObject({ isKnown: true, value: { cores: expect.any(Number) } });
    await runs.signal('run');
  });
});
