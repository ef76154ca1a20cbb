// A job on a real machine by real SSH, in real time: 200 MB come whole over a line that breaks again and again, and a program
// that is told to end saves its work first.
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRandom, PacedClock, silentLog, systemClock } from '../../../../src/base/std/index.ts';
import { assembleJobs, type JobsApp } from '../../../../src/front/app/jobs.ts';
import { generateKeyPair } from '../../../../src/net/ssh/index.ts';
import type { Job } from '../../../../src/rent/jobs/index.ts';
import { type ConnectInstance, createInstanceConnector } from '../../../../src/rent/rental/booting/index.ts';
import { createSim, realInside, type Sim } from '../../../../src/sim/index.ts';
import { startTcpProxy, type TcpProxy } from '../../../support/tcp-proxy.ts';
import { ACCOUNT } from '../../a-rent-world.ts';
import { openRentStore, startProcess } from '../../a-renting.ts';
import { countingJob } from './a-job-world.ts';

const closing: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

let sim: Sim;
let app: JobsApp;
let home: string;
const proxies = new Map<number, TcpProxy>();

beforeAll(async () => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'vd-real-job-')));
  closing.push(async () => rmSync(home, { recursive: true, force: true }));
  const clock = systemClock();
  const inside = await realInside({ dir: join(home, 'machines'), clock, log: silentLog });
  // Minutes of pulling are seconds here.
  const paced = new PacedClock({ base: clock, speed: 60 });
  const options = { seed: 'real jobs', clock: paced, offers: 300, credit: 1_000 };
  sim = createSim({ ...options, intervalFactor: 0, searchesPerMinute: Number.POSITIVE_INFINITY }, inside);
  closing.push(() => sim.close());
  const store = await openRentStore(':memory:', clock);
  closing.push(() => store.close());
  const pair = generateKeyPair({ comment: 'ours' });
  const ways = { privateKeys: [pair.privateKey], store, account: ACCOUNT, clock, log: silentLog };
  const enter = createInstanceConnector(ways);
  // By a line that can be cut.
  const connect: ConnectInstance = async (instance, asked) => {
    const { direct } = instance.ssh;
    if (!direct) return await enter(instance, asked);
    const proxy = proxies.get(instance.id) ?? (await startTcpProxy(direct.port));
    proxies.set(instance.id, proxy);
    const ssh = { ...instance.ssh, direct: { host: '127.0.0.1', port: proxy.port } };
    return await enter({ ...instance, ssh }, asked);
  };
  closing.push(async () => {
    for (const proxy of proxies.values()) await proxy.close();
  });
  const renting = startProcess({ sim, clock, name: 'real', store, connect, policy: { confirmEveryMs: 500 } });
  app = assembleJobs(
    { ...renting, account: ACCOUNT, rentals: renting.records, connect, sshPublicKey: pair.publicKey },
    {
      home,
      env: {},
      clock,
      random: createRandom('real'),
      log: silentLog,
      policy: { lookMs: 500, noticeMs: 200, graceMs: 10_000 },
    },
  );
  closing.push(() => Promise.resolve(app[Symbol.asyncDispose]()));
});

async function submit(job: Partial<Job>) {
  const [record] = await app.jobs.submit([countingJob(job)], { folder: home });
  if (!record) throw new Error('nothing was submitted');
  return record;
}

it('brings 200 MB whole though its connection breaks after every 25 MB', { timeout: 120_000 }, async () => {
  const run =
    'mkdir -p out; head -c 200000000 /dev/urandom > out/big.bin; sha256sum out/big.bin | cut -d" " -f1 > out/sum';
  const record = await submit({ run, artifacts: ['out/*'] });
  let cuts = 0;
  let lastCutAt = 0;
  const over = await app.jobs.drive(record.id, {
    onTransfer: (_, { bytes }) => {
      // By what has come instead of by time: the same on any machine, and more often than every five seconds.
      if (bytes - lastCutAt < 25_000_000) return;
      lastCutAt = bytes;
      cuts += 1;
      for (const proxy of proxies.values()) proxy.cut();
    },
  });
  expect(over).toMatchObject({ status: 'succeeded', attempt: 1 });
  expect(cuts).toBeGreaterThan(3);
  const folder = join(app.jobs.artifactsFolder(record.id), 'out');
  const here = createHash('sha256')
    .update(readFileSync(join(folder, 'big.bin')))
    .digest('hex');
  expect(here).toBe(readFileSync(join(folder, 'sum'), 'utf8').trim());
  expect(sim.truth.instances().filter(({ destroyedMs }) => destroyedMs === undefined)).toEqual([]);
});

it('lets a program that is told to end save its work, and begins nothing after it', {
  timeout: 120_000,
}, async () => {
  // The program is what bash waits for, as a training is; bash itself must not end before it.
  // It takes four seconds, in which a second signal would be heard.
  const saver = `trap 'echo told; hears=yes' TERM; echo begun; i=0
while [ $i -lt 20 ]; do sleep 0.2; if [ "$hears" = yes ]; then i=$((i+1)); fi; done
mkdir -p out; echo saved > out/model.txt`;
  const run = `cat > saver.sh <<'END'\n${saver}\nEND\nbash saver.sh\necho "never said"`;
  const record = await submit({ run });
  const over = await app.jobs.drive(record.id, {
    onLog: ({ bytes }) => {
      if (Buffer.from(bytes).toString().includes('begun')) void app.jobs.cancel(record.id);
    },
  });
  expect(over).toMatchObject({ status: 'cancelled' });
  const file = join(app.jobs.artifactsFolder(record.id), 'out', 'model.txt');
  expect(readFileSync(file, 'utf8')).toBe('saved\n');
  const log = readFileSync(app.jobs.logFile(record.id, 1), 'utf8');
  expect(log).not.toContain('never said');
  expect(log.match(/told/g)).toHaveLength(1);
});
