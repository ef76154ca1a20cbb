// The program of the guide, run as a person would: by Node, in a folder with its data, against a simulated market.
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { aTrainingMarket, whyNothingTrains } from './a-training-market.ts';

const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));
const GUIDE = join(REPOSITORY, 'docs/guide/connector.md');
const obstacle = whyNothingTrains();

it.skipIf(obstacle !== undefined)(
  'the program of the guide trains and brings the adapter',
  async () => {
    await using market = await aTrainingMarket();
    const [, program = ''] = /```ts\n(.*?)```/s.exec(readFileSync(GUIDE, 'utf8')) ?? [];
    const { folder } = market;
    writeFileSync(join(folder, 'train.mts'), program);
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(REPOSITORY, join(folder, 'node_modules/vastdeck'));
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--conditions=@vastdeck/source', 'train.mts'],
      {
        cwd: folder,
        env: {
          PATH: process.env.PATH,
          HOME: folder,
          VAST_API_KEY: market.apiKey,
          VAST_BASE_URL: market.baseUrl,
        },
      },
    );
    expect(stdout).toMatch(/^\$100 left; RTX 4090 from \$0\.\d+, spot from \$0\.\d+, \d+ hosts\n/);
    expect(stdout).toContain(
      "{'loss': 0.3333, 'grad_norm': 0.5, 'learning_rate': 2e-05, 'epoch': 1.0, 'step': 6,",
    );
    expect(stdout).toMatch(/^succeeded: .*; loss 0\.3333, \$0\.\d+ spent$/m);
    const [, path = ''] = /^(\/.*\/outputs\/first\/job_\w+\/adapter\.tar\.gz)$/m.exec(stdout) ?? [];
    const packed = await promisify(execFile)('tar', ['tzf', path]);
    expect(packed.stdout).toContain('adapter/adapter_model.safetensors');
    // Nothing is left that costs money.
    const [rented, ...others] = market.sim.truth.instances();
    expect(others).toEqual([]);
    expect(rented?.destroyedMs).toBeGreaterThan(rented?.createdMs ?? 0);
  },
  90_000,
);

it.runIf(obstacle !== undefined)(`the program of the guide is not run here: ${obstacle}`, () => {});
