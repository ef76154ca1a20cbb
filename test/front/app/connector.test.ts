// The connector as a program has it: its own home, a market over a socket, real machines, in one process with its jobs.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { PacedClock, Secret, silentLog, systemClock } from '../../../src/base/std/index.ts';
import { type Connection, connect } from '../../../src/front/app/connector.ts';
import { openStateStore } from '../../../src/front/app/state-store.ts';
import { UnauthorizedError } from '../../../src/net/vast/index.ts';
import { NoMachineError, NoSuchJobError, TrainingConfigError } from '../../../src/rent/jobs/index.ts';
import { AdapterNotFoundError } from '../../../src/rent/remote/index.ts';
import { createInstanceConnector } from '../../../src/rent/rental/index.ts';
import { aTrainingMarket, PASSWORD, type TrainingMarket, whyNothingTrains } from './a-training-market.ts';

const obstacle = whyNothingTrains();
const WISH = {
  baseModel: 'Qwen/Qwen2.5-0.5B',
  datasetPath: 'rows.jsonl',
  resourceId: '1x RTX 4090',
  saveSteps: 2,
} as const;
const LIMITS = { budgetUsd: 2, maxDurationMs: 3_600_000 };

let market: TrainingMarket;
// Waits between two looks at the service are a tenth; machines live in real time.
const clock = new PacedClock({ base: systemClock(), speed: 10 });

beforeAll(async () => {
  market = await aTrainingMarket();
});
afterAll(async () => await market[Symbol.asyncDispose]());

async function aConnection(home: string, options: object = {}): Promise<Connection> {
  const { apiKey, baseUrl, folder } = market;
  const vast = await connect({ apiKey, baseUrl, home: join(folder, home), folder, clock, ...options });
  onTestFinished(() => vast.close());
  return vast;
}

/** The lines up to one that matches. */
async function linesUntil(vast: Connection, id: string, pattern: RegExp): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const line of vast.streamLogs(id)) {
    lines.push(line);
    if (pattern.test(line)) break;
  }
  return lines;
}

describe('a connection', () => {
  it('says who it is, and that it is no longer anybody when its key is taken back', async () => {
    const vast = await aConnection('who');
    expect(await vast.verifyConnection()).toMatchObject({ isConnected: true, creditUsd: 100, reason: '' });
    const refused = await aConnection('who', {
      fetch: async () =>
        Response.json({ success: false, error: 'auth_error', msg: 'Invalid user key' }, { status: 401 }),
    });
    expect(await refused.verifyConnection()).toMatchObject({ isConnected: false, creditUsd: null });
  });

  it('is refused to a key that nobody knows', async () => {
    await expect(aConnection('nobody', { apiKey: 'wrong' })).rejects.toThrow(UnauthorizedError);
  });

  it('says that it was closed to whoever asks it for a job', async () => {
    const vast = await aConnection('closed');
    await vast.close();
    await vast.close();
    await expect(vast.getJobStatus('job_0')).rejects.toThrow('The connector was closed');
    await expect(vast.submitJob({ ...WISH, projectName: 'late' })).rejects.toThrow(
      'The connector was closed',
    );
  });

  it('is refused to no key at all, and to an address that is none, with a sentence', async () => {
    await expect(aConnection('none', { apiKey: undefined })).rejects.toThrow('no API key was sent');
    await expect(aConnection('none', { baseUrl: 'nonsense' })).rejects.toThrow('baseUrl is "nonsense"');
  });

  it('knows no job that is not there', async () => {
    const vast = await aConnection('empty');
    await expect(vast.getJobStatus('job_0')).rejects.toThrow(NoSuchJobError);
    await expect(vast.fetchArtifact('job_0')).rejects.toThrow(NoSuchJobError);
    await expect(vast.cancelJob('job_0')).rejects.toThrow(NoSuchJobError);
    await expect(linesUntil(vast, 'job_0', /./)).rejects.toThrow(NoSuchJobError);
  });
});

describe('a training that cannot be', () => {
  it('is refused with all its faults, and nothing is handed in or spent', async () => {
    const vast = await aConnection('faults', { env: {} });
    writeFileSync(join(market.folder, 'odd.jsonl'), '{"question":"?"}\n');
    const wish = {
      ...WISH,
      baseModel: 'meta-llama/Llama-3.3-70B-Instruct',
      projectName: 'large',
      datasetPath: 'odd.jsonl',
      hfTokenFrom: 'HF_TOKEN',
    };
    const error: unknown = await vast.submitJob(wish).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(TrainingConfigError);
    expect((error as TrainingConfigError).faults).toEqual([
      expect.stringContaining('has rows of question; the script needs messages'),
      expect.stringContaining('HF_TOKEN is not set here'),
      expect.stringContaining('24 GB will not hold it'),
    ]);
    await expect(vast.submitJob({ ...WISH, projectName: 'x', datasetPath: 'nowhere' })).rejects.toThrow(
      'is not there',
    );
    await expect(
      vast.submitJob({ ...WISH, projectName: 'x', rank: 0 }, { budgetUsd: Number.NaN }),
    ).rejects.toThrow(/rank is 0; .*budgetUsd is NaN/);
    expect(market.sim.truth.instances()).toEqual([]);
  });
});

describe.skipIf(obstacle !== undefined)('a training', () => {
  it('ends with its adapter here, also when the program that handed it in is gone', async () => {
    const first = await aConnection('trains');
    const id = await first.submitJob({ ...WISH, projectName: 'demo' }, LIMITS);
    expect(await first.getJobStatus(id)).toMatchObject({ id, name: 'demo', loss: null });
    await linesUntil(first, id, /Nothing to install/);
    await first.close();

    const second = await aConnection('trains');
    const lines: string[] = [];
    for await (const line of second.streamLogs(id)) lines.push(line);
    expect(lines[0]).toBe('Nothing to install');
    expect(lines.filter((line) => line.startsWith("{'loss'"))).toHaveLength(6);
    expect(lines.at(-1)).toMatch(/^Packed out\/adapter\.tar\.gz: \d+ bytes$/);
    const left: string[] = [];
    for await (const line of second.streamLogs(id, { skip: lines.length - 1 })) left.push(line);
    expect(left).toEqual(lines.slice(-1));
    expect(await second.getJobStatus(id)).toMatchObject({
      status: 'succeeded',
      progress: 1,
      step: 6,
      totalSteps: 6,
      loss: 0.3333,
      instanceId: null,
    });
    const path = await second.fetchArtifact(id);
    expect(path).toBe(join(market.folder, 'outputs/demo', id, 'adapter.tar.gz'));
    expect(execFileSync('tar', ['tzf', path], { encoding: 'utf8' })).toContain(
      'adapter/adapter_model.safetensors',
    );
    await expect(second.openShell(id)).rejects.toThrow(NoMachineError);
  }, 60_000);

  it('is entered by key or by password while it runs, and cancelled', async () => {
    const vast = await aConnection('entered', { ssh: { password: PASSWORD } });
    // Waits so long that it can be seen running.
    const setup = 'echo ready; sleep 600';
    const id = await vast.submitJob({ ...WISH, projectName: 'waits' }, { ...LIMITS, setup });
    await linesUntil(vast, id, /^ready$/);
    const { instanceId, status } = await vast.getJobStatus(id);
    expect(status).toBe('setting-up');
    {
      await using shell = await vast.openShell(id);
      const { stdout } = await shell.exec('ls "$WORKSPACE/data"');
      expect(String(stdout)).toBe('rows.jsonl\n');
    }
    await using store = await openStateStore({ stateUrl: ':memory:', clock, log: silentLog });
    const byPassword = createInstanceConnector({
      privateKeys: [],
      password: new Secret(PASSWORD),
      store,
      account: 'other',
      clock: systemClock(),
      log: silentLog,
    });
    const listed = await market.sim.fetch(`${market.baseUrl}/instances/${instanceId}/`, {
      headers: { authorization: `Bearer ${market.apiKey}` },
    });
    const { instances: row } = (await listed.json()) as {
      readonly instances: {
        readonly ports: Readonly<Record<string, readonly { readonly HostPort: string }[]>>;
      };
    };
    const port = Number(row.ports['22/tcp']?.[0]?.HostPort);
    await using shell = await byPassword({
      id: instanceId as never,
      ssh: { direct: { host: '127.0.0.1', port } },
    });
    expect(String((await shell.exec('echo $CONTAINER_ID')).stdout).trim()).toBe(String(instanceId));

    await vast.cancelJob(id);
    for await (const _ of vast.streamLogs(id));
    expect((await vast.getJobStatus(id)).status).toBe('cancelled');
    const error: unknown = await vast.fetchArtifact(id).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(AdapterNotFoundError);
    expect((error as Error).cause).toMatchObject({ message: expect.stringContaining(`${id} is cancelled`) });
    const held = market.sim.truth.instances().filter(({ destroyedMs }) => destroyedMs === undefined);
    expect(held).toEqual([]);
  }, 60_000);
});

it.runIf(obstacle !== undefined)(`no training is run here: ${obstacle}`, () => {});
