// A simulated Vast.ai over a socket, whose real machines have a Python that trains: with stand-ins of the libraries.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PacedClock, silentLog, systemClock } from '../../../src/base/std/index.ts';
import { createSim, realInside, type Sim } from '../../../src/sim/index.ts';

const STAND_INS = fileURLToPath(new URL('../../rent/jobs/training-config/stand-ins/', import.meta.url));
export const PASSWORD = 'open sesame';

/** Why no machine can train here; undefined where they can. */
export function whyNothingTrains(): string | undefined {
  return spawnSync('python3', ['--version']).status === 0 ? undefined : 'there is no python3';
}

/**
 * Beside nvidia-smi, which is found first: a python3 that has the stand-ins and nothing to install. Machines see nothing
 * of this repository, so they are given its bytes.
 */
function putPython(): string {
  const packed = execFileSync('tar', ['cz', '-C', STAND_INS, '--exclude=__pycache__', '.']).toString(
    'base64',
  );
  return `bin=$(dirname "$(command -v nvidia-smi)")
mkdir -p "$bin/stand-ins"
echo ${packed} | base64 -d | tar xz -C "$bin/stand-ins"
cat > "$bin/python3" <<'END'
#!/bin/sh
if [ "$1" = -m ] && [ "$2" = pip ]; then
  echo "Nothing to install"
  exit 0
fi
export RECORD=/dev/null PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$(dirname "$0")/stand-ins"
exec env PATH=/usr/local/bin:/usr/bin:/bin python3 "$@"
END
chmod +x "$bin/python3"`;
}

export interface TrainingMarket extends AsyncDisposable {
  readonly sim: Sim;
  readonly apiKey: string;
  readonly baseUrl: string;
  /** Empty but for rows.jsonl; removed at the end. */
  readonly folder: string;
}

export async function aTrainingMarket(): Promise<TrainingMarket> {
  const folder = mkdtempSync(join(tmpdir(), 'vd-market-'));
  const dir = join(folder, 'machines');
  mkdirSync(dir);
  writeFileSync(
    join(folder, 'rows.jsonl'),
    [1, 2, 3, 4].map((n) => `{"instruction":"add 1 to ${n}","output":"${n + 1}"}\n`).join(''),
  );
  const onstart = putPython();
  const base = systemClock();
  const inside = await realInside({ dir, clock: base, log: silentLog, password: PASSWORD });
  const sim = createSim(
    {
      seed: 'trainings',
      // Minutes of pulling are seconds here; the machines themselves live in real time.
      clock: new PacedClock({ base, speed: 60 }),
      offers: 400,
      intervalFactor: 0,
      searchesPerMinute: Number.POSITIVE_INFINITY,
    },
    {
      ...inside,
      makeContainer: (instance, ...rest) => {
        const launch = { ...instance.launch, onstart: `${onstart}\n${instance.launch.onstart ?? ''}` };
        return inside.makeContainer(Object.create(instance, { launch: { value: launch } }), ...rest);
      },
    },
  );
  const server = await sim.serve();
  return {
    sim,
    apiKey: server.apiKey,
    baseUrl: `${server.url}/api/v0`,
    folder,
    async [Symbol.asyncDispose]() {
      await server.stop();
      await sim.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
