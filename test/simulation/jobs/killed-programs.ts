// The real program, killed with -9 at random moments while it drives a job on a simulated Vast.ai over a socket, and taken up
// again by `job wait`: then nothing may be rented any more, and what was paid is the simulator's bill.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createRandom, systemClock } from '../../../src/base/std/index.ts';

export interface KillReport {
  readonly kills: number;
  /** What the job was doing when its driver died, as its record said. */
  readonly killedWhile: readonly string[];
  readonly wrong: readonly string[];
}

const BIN = fileURLToPath(new URL('../../../bin/vastdeck.js', import.meta.url));
const STEPS = 200;
const JOB = `name: killed
image: pytorch/pytorch:latest
run: |
  mkdir -p out; i=0
  for at in out/ckpt-*; do if [ -e $at/step ]; then i=$(cat $at/step); fi; done
  echo "goes on after $i"
  while [ $i -lt ${STEPS} ]; do i=$((i+1)); sleep 1; echo "step $i/${STEPS} loss 0.5"
    if [ $((i % 20)) -eq 0 ]; then mkdir -p out/.new.tmp; echo $i > out/.new.tmp/step; mv out/.new.tmp out/ckpt-$(printf %04d $i); fi
  done
  head -c 5000000 /dev/zero > out/big.bin; echo "counted to $i" > out/model.txt
checkpoints: ["out/ckpt-*"]
artifacts: ["out/model.txt", "out/big.bin"]
resources: { disk: 20GB, verified: any }
max_duration: 4h
budget: 20
`;
/** Charges are told in tenths of a cent, row by row. */
const ROUNDING_USD = 0.01;
const CHARGE_TRIES = 15;

/** Real seconds, some ten a kill. */
export async function killPrograms({
  seed,
  times,
}: {
  readonly seed: string;
  readonly times: number;
}): Promise<KillReport> {
  const clock = systemClock();
  const dice = createRandom(seed).fork('kills');
  const folder = mkdtempSync(join(tmpdir(), 'vd-killed-'));
  const file = join(folder, 'job.yaml');
  writeFileSync(file, JOB);
  const words = '--offers 200 --speed 30 --searches-per-minute 0'.split(' ');
  const simulator = spawn(process.execPath, [BIN, 'sim', '--seed', seed, ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [line] = (await once(createInterface({ input: simulator.stdout }), 'line')) as [string];
    const { url, apiKey, controlUrl, controlToken } = JSON.parse(line) as Record<string, string>;
    const env = {
      VAST_BASE_URL: `${url}/api/v0`,
      VAST_API_KEY: apiKey ?? '',
      VASTDECK_HOME: join(folder, 'home'),
    };
    const start = (args: readonly string[]) => {
      const child = spawn(process.execPath, [BIN, ...args], {
        env: { PATH: process.env.PATH ?? '', HOME: folder, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let out = '';
      let err = '';
      child.stdout.on('data', (chunk) => {
        out += String(chunk);
      });
      child.stderr.on('data', (chunk) => {
        err += String(chunk);
      });
      const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, out, err }));
      return { child, ended };
    };
    const ask = async (...args: readonly string[]): Promise<unknown> => {
      const { code, out, err } = await start([...args, '--json']).ended;
      if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${err}`);
      return JSON.parse(out);
    };
    const wrong: string[] = [];
    const killedWhile: string[] = [];
    let args = ['job', 'submit', file, '--yes'];
    for (let kills = 0; kills < times; kills += 1) {
      const driver = start(args);
      await Promise.race([driver.ended, clock.sleep(dice.int(500, 20_000))]);
      driver.child.kill('SIGKILL');
      await driver.ended;
      const [job] = (await ask('job', 'list', '--all')) as {
        readonly name: string;
        readonly status: string;
      }[];
      // Killed before it was handed in.
      if (!job) continue;
      killedWhile.push(job.status);
      args = ['job', 'wait', 'killed'];
    }
    const last = await start(args).ended;
    if (last.code !== 0) wrong.push(`it ended with ${last.code}: ${last.err.slice(-500)}`);
    return { kills: times, killedWhile, wrong: [...wrong, ...(await leftOver())] };

    /** Charges are told some minutes late. Our own reckoning is by this clock, and the machines' by one that runs faster. */
    async function chargedOnce(bill: number): Promise<number> {
      for (let tries = 1; ; tries += 1) {
        const rows = (await ask('cost')) as readonly { readonly value: string; readonly usd: number }[];
        const charged = rows.find(({ value }) => value === 'charged_ours')?.usd ?? 0;
        if (Math.abs(bill - charged) <= ROUNDING_USD || tries === CHARGE_TRIES) return charged;
        await clock.sleep(2_000);
      }
    }

    async function leftOver(): Promise<readonly string[]> {
      const left: string[] = [];
      const machines = (await ask('ps', '--refresh')) as readonly unknown[];
      if (machines.length > 0) left.push(`${machines.length} machines are left`);
      const headers = { authorization: `Bearer ${controlToken}` };
      const answer = await globalThis.fetch(`${controlUrl}/control/truth/charges`, { headers });
      const { charges } = (await answer.json()) as {
        readonly charges: readonly { readonly amountUsd: number }[];
      };
      const bill = charges.reduce((sum, { amountUsd }) => sum + amountUsd, 0);
      const told = await chargedOnce(bill);
      if (Math.abs(bill - told) > ROUNDING_USD) left.push(`cost says $${told}, the bill is $${bill}`);
      const [job] = (await ask('job', 'list', '--all')) as { readonly id: string }[];
      const kept = join(env.VASTDECK_HOME, 'jobs', String(job?.id));
      const steps = [...readFileSync(join(kept, 'attempt-1.log'), 'utf8').matchAll(/^step (\d+)\//gm)];
      if (steps.length !== STEPS || steps.some(([, step], at) => Number(step) !== at + 1)) {
        left.push(`the log has ${steps.length} steps`);
      }
      if (!readFileSync(join(kept, 'artifacts/out/model.txt'), 'utf8').startsWith(`counted to ${STEPS}`)) {
        left.push('the result is not here');
      }
      return left;
    }
  } finally {
    simulator.kill('SIGTERM');
    await once(simulator, 'close');
    rmSync(folder, { recursive: true, force: true });
  }
}
