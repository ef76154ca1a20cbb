// A simulated Vast.ai over a socket, whose real machines have a Python that trains: with stand-ins of the libraries, or
// with those of this machine.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PacedClock, silentLog, systemClock } from '../../../src/base/std/index.ts';
import { createGpuLoads } from '../../../src/sim/gpu-loads.ts';
import { createSim, type Sim } from '../../../src/sim/index.ts';
import { type MountedVolume, openMachineRoom } from '../../../src/sim/machine/index.ts';
import { realContainers } from '../../../src/sim/real-containers.ts';

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
function putStandIns(): string {
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

/** A python3 that is this one. */
function putPython(python: string): string {
  return `bin=$(dirname "$(command -v nvidia-smi)")
printf '#!/bin/sh\\nexec %s "$@"\\n' '${python}' > "$bin/python3"
chmod +x "$bin/python3"`;
}

/** Where its program and its libraries are. Machines have /usr of this one. */
function foldersOf(python: string): readonly MountedVolume[] {
  const look = 'import sys; print(sys.prefix); print(sys.base_prefix)';
  const folders = execFileSync(python, ['-c', look], { encoding: 'utf8' }).trim().split('\n');
  return [...new Set(folders)]
    .filter((folder) => !/^\/usr(\/|$)/.test(folder))
    .map((dir) => ({ path: dir, volume: { disk: { ...NO_DISK, dir }, files: NO_FILES } }));
}

const never = () => {
  throw new Error('The folders of a Python are for its processes only');
};
const NO_DISK = {
  sizeBytes: 0,
  heldBy: 'kernel',
  usedBytes: () => 0,
  freeBytes: () => 0,
  wrote: never,
  setFull: never,
  clear: never,
  remove: never,
} as const;
const NO_FILES = { look: never, names: never, resolve: never, diskAt: never };

export interface TrainingMarket extends AsyncDisposable {
  readonly sim: Sim;
  readonly apiKey: string;
  readonly baseUrl: string;
  /** Empty but for rows.jsonl; removed at the end. */
  readonly folder: string;
}

export interface TrainingMarketOptions {
  /** A Python of this machine with the libraries; default stand-ins of them. */
  readonly python?: string;
  /** Of the market and of booting; machines themselves live in real time. Default 60: minutes of pulling are seconds. */
  readonly speed?: number;
}

export async function aTrainingMarket({
  python,
  speed = 60,
}: TrainingMarketOptions = {}): Promise<TrainingMarket> {
  const folder = mkdtempSync(join(tmpdir(), 'vd-market-'));
  const dir = join(folder, 'machines');
  mkdirSync(dir);
  writeFileSync(
    join(folder, 'rows.jsonl'),
    [1, 2, 3, 4].map((n) => `{"instruction":"add 1 to ${n}","output":"${n + 1}"}\n`).join(''),
  );
  const onstart = python === undefined ? putStandIns() : putPython(python);
  const volumes = python === undefined ? [] : foldersOf(python);
  const base = systemClock();
  const host = '127.0.0.1';
  const room = await openMachineRoom({ dir, host, clock: base, log: silentLog, passwords: true });
  const loads = createGpuLoads();
  const sim = createSim(
    {
      seed: 'trainings',
      clock: new PacedClock({ base, speed }),
      offers: 400,
      intervalFactor: 0,
      searchesPerMinute: Number.POSITIVE_INFINITY,
    },
    {
      makeContainer: realContainers({
        room: {
          ...room,
          create: (spec) =>
            room.create({
              ...spec,
              onstart: `${onstart}\n${spec.onstart ?? ''}`,
              volumes: async () => volumes,
            }),
        },
        loads,
        volumes: { mountedIn: async () => [] },
        noteMachine: () => {},
        host,
        password: PASSWORD,
      }),
      loads,
      close: () => room.close(),
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
