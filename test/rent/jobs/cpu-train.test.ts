// The example really trains; killed in the middle, it ends as if it had not been.
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseJobFile } from '../../../src/rent/jobs/file/index.ts';
import { readHfDict } from '../../../src/rent/training/formats/hf-dict.ts';
import { temporaryFolder } from '../../support/stores.ts';

const EXAMPLE = fileURLToPath(new URL('../../../examples/cpu-train/', import.meta.url));
const argumentsFor = (out: string, epochs: number) => [
  join(EXAMPLE, 'train.py'),
  '--epochs',
  String(epochs),
  '--out',
  out,
];

function train(out: string, epochs: number): string {
  const { status, stdout, stderr } = spawnSync('python3', argumentsFor(out, epochs), { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
}

/** Kills it with no warning once it has begun that epoch's line. */
function trainUntil(out: string, epochs: number, epoch: number): Promise<NodeJS.Signals | null> {
  return new Promise((resolve, reject) => {
    const process = spawn('python3', argumentsFor(out, epochs), { stdio: ['ignore', 'pipe', 'inherit'] });
    let seen = '';
    process.stdout.on('data', (chunk) => {
      seen += String(chunk);
      if (seen.includes(`'epoch': ${epoch},`)) process.kill('SIGKILL');
    });
    process.once('error', reject);
    process.once('close', (_, signal) => resolve(signal));
  });
}

const modelIn = (out: string) =>
  JSON.parse(readFileSync(join(out, 'model.json'), 'utf8')) as { readonly loss: number };

describe('the example that trains on a CPU', () => {
  it('learns, and tells its figures in lines that are read', () => {
    const out = join(temporaryFolder(), 'out');
    const lines = train(out, 60).split('\n');
    const losses = lines.flatMap((line) => {
      const finding = readHfDict(line);
      return finding?.kind === 'figures' ? (finding.figures.loss ?? []) : [];
    });
    expect(losses).toHaveLength(60);
    expect(losses[0]).toBeGreaterThan(0.1);
    expect(losses.at(-1)).toBeLessThan(0.02);
    expect(lines).toContain('Total steps = 960');
    expect(readdirSync(out).sort()).toEqual(['ckpt-00059', 'ckpt-00060', 'model.json']);
  });

  it('ends with the same network whether it was killed twice on the way or not', async () => {
    const whole = join(temporaryFolder(), 'out');
    const broken = join(temporaryFolder(), 'out');
    train(whole, 200);
    expect(await trainUntil(broken, 200, 5)).toBe('SIGKILL');
    expect(await trainUntil(broken, 200, 60)).toBe('SIGKILL');
    const last = train(broken, 200);
    expect(last).toMatch(/^Resuming from ckpt-000\d\d\n/);
    expect(last).not.toContain("'epoch': 50,");
    expect(modelIn(broken)).toEqual(modelIn(whole));
  });

  it('has a job file that can be submitted', () => {
    const job = parseJobFile(readFileSync(join(EXAMPLE, 'job.yaml'), 'utf8'));
    expect(job).toMatchObject({
      name: 'tiny-train',
      workdir: { kind: 'folder', path: '.' },
      stopsOnNan: true,
    });
  });
});
