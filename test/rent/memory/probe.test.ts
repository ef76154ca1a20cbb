// Probes of a twin, whose programs print what the real ones do, and of a real machine of the simulator.
import { describe, expect, it, onTestFinished } from 'vitest';
import { Secret, SteppedClock, systemClock } from '../../../src/base/std/index.ts';
import { connectShell, type RemoteShell } from '../../../src/net/ssh/index.ts';
import { type ProbeReport, probeObservations, probeShell } from '../../../src/rent/rental/memory/index.ts';
import { createTwinMachine, type Program } from '../../../src/sim/twin/index.ts';
import { aRoom } from '../../sim/machine/a-room.ts';
import { stepUntil } from '../a-rent-world.ts';

const MIB = 1_048_576;

/** Two cards at 71 °C, as `nvidia-smi --query-gpu` prints them; ECC is not known to them. */
const nvidiaSmi: Program = async (process) => {
  if (process.args.join(' ').includes('ecc')) {
    await process.print('[N/A]');
    await process.print('[N/A]');
    return 0;
  }
  await process.print('NVIDIA GeForce RTX 4090, 71, 420.50, 2520, 99');
  await process.print('NVIDIA GeForce RTX 4090, 68, [N/A], 2480, 97');
  return 0;
};

const dd: Program = async (process) => {
  const options = new Map(process.args.map((arg) => arg.split('=', 2) as [string, string]));
  const bytes = Number(options.get('count') ?? 64) * MIB;
  await process.sleep(2_000);
  await process.warn(`${bytes} bytes (${bytes / 1e6} MB) copied, 2 s, 1 MB/s`);
  return 0;
};

const python3: Program = async (process) => {
  await process.sleep(Number(process.args[1]) * 1_000);
  await process.print('tflops 150.25 148.00');
  return 0;
};

const curl: Program = async (process) => {
  await process.print('206 200000000 0.500000 16.500000');
  return 0;
};

async function aTwin(programs: Readonly<Record<string, Program>>) {
  const clock = new SteppedClock();
  const twin = createTwinMachine({ clock, seed: 'probe', programs });
  const shell = await twin.connect();
  onTestFinished(() => shell.close());
  const probe = (options: Partial<Parameters<typeof probeShell>[1]> = {}, on: RemoteShell = shell) =>
    stepUntil(clock, probeShell(on, { gpuCount: 2, clock, ...options }));
  return { clock, twin, shell, probe };
}

const place = { machineId: 5, hostId: 6, gpuName: 'RTX 4090', gpuCount: 2, downloadMbps: 200 };

describe('a probe', () => {
  it('of a machine with everything measures GPUs, disk and line, and says how', async () => {
    const { probe } = await aTwin({ 'nvidia-smi': nvidiaSmi, dd, python3, curl });
    const report = await probe({ downloadUrl: 'https://example.test/file', diskMb: 256 });
    expect(report.gpu).toMatchObject({
      kind: 'measured',
      method: expect.stringContaining('torch fp16 matmul 8192 on 2 GPUs at once for 60 s'),
      figures: {
        gpuCount: 2,
        matmulTflops: 298.25,
        slowestTflops: 148,
        temperatureMaxC: 71,
        powerMaxW: 420.5,
        clockMeanMhz: 2500,
        eccErrors: null,
      },
    });
    if (report.gpu.kind === 'measured') expect(report.gpu.figures.samples).toBeGreaterThan(10);
    expect(report.disk).toMatchObject({
      kind: 'measured',
      figures: { sizeMb: 256, writeMbPerSecond: (256 * MIB) / 2e6, readMbPerSecond: (64 * MIB) / 2e6 },
    });
    expect(report.network).toMatchObject({
      kind: 'measured',
      method: expect.stringContaining('curl to example.test'),
      figures: { of: 'internet', downMbps: 100, upMbps: null },
    });
  });

  it('of a machine without PyTorch says that no speed was measured, and tells the memory of none', async () => {
    const { probe } = await aTwin({ 'nvidia-smi': nvidiaSmi, dd, curl, python3: () => 44 });
    const report = await probe({ networkBytes: 1e6 });
    expect(report.gpu).toMatchObject({
      kind: 'measured',
      method: expect.stringContaining('no speed was measured'),
      figures: { matmulTflops: null },
      remarks: ['there is no PyTorch with CUDA'],
    });
    expect(probeObservations(report, place).map(({ kind }) => kind)).not.toContain('speed');
  });

  it.each([
    ['gpu', { dd, python3, curl }, /nvidia-smi shows no GPU/],
    ['disk', { 'nvidia-smi': nvidiaSmi, python3, curl }, /could not be written to/],
    ['network', { 'nvidia-smi': nvidiaSmi, dd, python3 }, /nothing could be downloaded from example\.test/],
  ] as const)('says why its %s part failed, and measures the others', async (part, programs, reason) => {
    const { probe } = await aTwin(programs);
    const report = await probe({ downloadUrl: 'https://example.test/file' });
    const kinds = (['gpu', 'disk', 'network'] as const).map((name) => [name, report[name].kind]);
    expect(Object.fromEntries(kinds)).toEqual({
      gpu: 'measured',
      disk: 'measured',
      network: 'measured',
      [part]: 'failed',
    });
    const failed = report[part];
    expect(failed.kind === 'failed' ? failed.reason : '').toMatch(reason);
  });

  it('takes no address that is none, and no host that answers with an error', async () => {
    const { probe } = await aTwin({
      curl: async (process) => {
        await process.print('404 10 0 1');
        return 0;
      },
    });
    expect((await probe({ downloadUrl: 'file:///etc/passwd' })).network).toMatchObject({ kind: 'failed' });
    expect((await probe({ downloadUrl: 'https://example.test/x' })).network).toMatchObject({
      kind: 'failed',
      reason: expect.stringContaining('HTTP 404'),
    });
  });

  it('leaves nothing behind on the disk, also when reading back fails', async () => {
    const half: Program = async (process) => {
      if (process.args.some((arg) => arg.startsWith('iflag'))) return 1;
      process.files.write(process.resolve('.vastdeck-probe'), new Uint8Array(10));
      return await dd(process);
    };
    const { probe, shell } = await aTwin({ dd: half });
    const report = await probe({ diskMb: 64, downloadUrl: 'https://example.test/x' });
    expect(report.disk).toMatchObject({ kind: 'measured', figures: { readMbPerSecond: null } });
    expect(await shell.stat('.vastdeck-probe')).toBeUndefined();
  });

  it('of a machine that is lost on the way says so for each part that was not done', async () => {
    const { probe, twin, clock } = await aTwin({ 'nvidia-smi': nvidiaSmi, dd, python3, curl });
    clock.setTimer(20_000, () => twin.cutConnections());
    const report = await probe();
    for (const part of [report.gpu, report.disk, report.network]) {
      expect(part).toMatchObject({ kind: 'failed', reason: expect.stringMatching(/lost/) });
    }
    expect(probeObservations(report, place).map(({ kind }) => kind)).toEqual(['probe']);
  });

  it('ends with the reason of the signal', async () => {
    const { probe } = await aTwin({ 'nvidia-smi': nvidiaSmi, python3 });
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(probe({ signal })).rejects.toThrow('enough');
  });
});

describe('what the memory learns from a probe', () => {
  const measured = (gpu: object, network: object = { of: 'ssh', downMbps: 50 }): ProbeReport =>
    ({
      beganAtMs: 1_000,
      tookMs: 1,
      gpu: {
        kind: 'measured',
        method: '',
        remarks: [],
        figures: { names: ['A'], gpuCount: 2, matmulTflops: 10, temperatureMaxC: 60, eccErrors: 0, ...gpu },
      },
      disk: { kind: 'failed', reason: '' },
      network: { kind: 'measured', method: '', remarks: [], figures: network },
    }) as unknown as ProbeReport;
  const kinds = (report: ProbeReport) =>
    probeObservations(report, place).map((each) => (each.kind === 'fault' ? each.fault : each.kind));

  it.each([
    ['a machine as promised', {}, ['probe', 'speed']],
    ['a missing GPU', { gpuCount: 1 }, ['probe', 'speed', 'wrong-gpu']],
    ['one ECC error', { eccErrors: 1 }, ['probe', 'speed', 'ecc']],
    ['89 °C', { temperatureMaxC: 89 }, ['probe', 'speed']],
    ['90 °C', { temperatureMaxC: 90 }, ['probe', 'speed', 'hot']],
  ] as const)('of %s', (_, gpu, expected) => {
    expect(kinds(measured(gpu))).toEqual(expected);
  });

  it('is its line only when that was measured past our own', () => {
    expect(kinds(measured({}, { of: 'internet', downMbps: 90 }))).toContain('bandwidth');
    expect(kinds(measured({}))).not.toContain('bandwidth');
  });

  it('has the same keys for the same report', () => {
    const keys = () => probeObservations(measured({ eccErrors: 4 }), place).map(({ key }) => key);
    expect(keys()).toEqual(keys());
    expect(new Set(keys()).size).toBe(3);
  });
});

it('a probe of a real machine over SSH measures its disk and the connection, and its GPUs by nvidia-smi', async () => {
  await using test = await aRoom();
  const machine = await test.machine();
  const clock = systemClock();
  await using shell = await connectShell({
    host: '127.0.0.1',
    port: machine.sshPort,
    username: 'root',
    privateKeys: [new Secret(test.privateKey)],
    hostKey: { kind: 'first-use', pin: () => {} },
    clock,
  });
  const report = await probeShell(shell, {
    gpuCount: 2,
    clock,
    durationMs: 1_000,
    diskMb: 16,
    networkBytes: 4e6,
  });
  expect(report.gpu).toMatchObject({ kind: 'measured', figures: { gpuCount: 2, matmulTflops: null } });
  expect(report.disk).toMatchObject({ kind: 'measured', figures: { sizeMb: 16 } });
  expect(report.network).toMatchObject({ kind: 'measured', figures: { of: 'ssh' } });
  if (report.network.kind === 'measured') expect(report.network.figures.downMbps).toBeGreaterThan(0);
  expect(await shell.stat('.vastdeck-probe')).toBeUndefined();
});
