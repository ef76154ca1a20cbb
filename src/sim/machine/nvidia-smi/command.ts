// nvidia-smi's command line: which screen is asked for, of which GPUs, once or in a loop.

import type { GpuFigures } from './gpu-load.ts';
import { type QueryResult, queryApps, queryGpus } from './query.ts';
import { deviceMonitor, listGpus, plainTable, processMonitor } from './screens.ts';

/** One round of a screen. `round` counts from 0: a heading is printed at the first only. */
export type Screen = (gpus: readonly GpuFigures[], nowMs: number, round: number) => string;

export type SmiCommand =
  | { readonly kind: 'fault'; readonly code: number; readonly text: string }
  | {
      readonly kind: 'show';
      readonly screen: Screen;
      /** GPUs asked for by index or UUID; all when undefined. */
      readonly only: readonly string[] | undefined;
      /** Rounds until the end; Infinity for a loop that the caller ends. */
      readonly rounds: number;
      readonly periodMs: number;
    };

const USAGE_CODE = 2;

interface Asked {
  view: 'table' | 'list' | 'dmon' | 'pmon' | 'gpus' | 'apps';
  fields: readonly string[];
  format: readonly string[];
  only: readonly string[] | undefined;
  count: number | undefined;
  loopMs: number | undefined;
  isUsage: boolean;
}

/** `gpus` are those that are there, to check names against; figures come at each round. */
export function parseSmiCommand(args: readonly string[]): SmiCommand {
  const asked: Asked = {
    view: 'table',
    fields: [],
    format: [],
    only: undefined,
    count: undefined,
    loopMs: undefined,
    isUsage: false,
  };
  const rest = [...args];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const fault = takeWord(word, rest, asked);
    if (fault) return { kind: 'fault', code: USAGE_CODE, text: fault };
  }
  if (asked.isUsage) return { kind: 'fault', code: 0, text: USAGE };
  return commandFor(asked);
}

function takeWord(word: string, rest: string[], asked: Asked): string | undefined {
  const split = word.indexOf('=');
  const name = split < 0 ? word : word.slice(0, split);
  const value = () => (split < 0 ? rest.shift() : word.slice(split + 1)) ?? '';
  switch (name) {
    case 'dmon':
    case 'pmon':
      asked.view = name;
      return;
    case '-L':
    case '--list-gpus':
      asked.view = 'list';
      return;
    case '-h':
    case '--help':
      asked.isUsage = true;
      return;
    case '--query-gpu':
    case '--query-compute-apps':
      asked.view = name === '--query-gpu' ? 'gpus' : 'apps';
      asked.fields = words(value());
      return;
    case '--format':
      asked.format = words(value());
      return;
    case '-i':
    case '--id':
      asked.only = words(value());
      return;
    case '-c':
    case '--count': {
      asked.count = Number(value());
      return asked.count >= 1 ? undefined : `Invalid argument for option ${name}: a count of 1 or more\n`;
    }
    case '-l':
    case '--loop':
    case '-d':
    case '--delay':
    case '-lms':
    case '--loop-ms': {
      // The seconds after -l may be missing: then it is 5.
      const given = split >= 0 || /^\d/.test(rest[0] ?? '') ? value() : '5';
      asked.loopMs = Number(given) * (name.endsWith('ms') ? 1 : 1000);
      return asked.loopMs > 0 ? undefined : `Invalid argument for option ${name}: ${given}\n`;
    }
    default:
      return `Invalid combination of input arguments. Please run 'nvidia-smi -h' for help.\n`;
  }
}

function commandFor(asked: Asked): SmiCommand {
  const style = { header: !asked.format.includes('noheader'), units: !asked.format.includes('nounits') };
  const isMonitor = asked.view === 'dmon' || asked.view === 'pmon';
  const isQuery = asked.view === 'gpus' || asked.view === 'apps';
  if (isQuery && !asked.format.includes('csv')) {
    return { kind: 'fault', code: USAGE_CODE, text: `"--format=" switch is missing "csv"\n` };
  }
  const query = (gpus: readonly GpuFigures[], nowMs: number, round: number): QueryResult => {
    const options = { fields: asked.fields, nowMs, style: { ...style, header: style.header && round === 0 } };
    return asked.view === 'gpus' ? queryGpus(gpus, options) : queryApps(gpus, options);
  };
  if (isQuery) {
    const trial = query([], 0, 0);
    if (trial.kind === 'unknown-field') {
      const text = `Field "${trial.name}" is not a valid field to query.\n`;
      return { kind: 'fault', code: USAGE_CODE, text };
    }
  }
  const screen: Screen = (gpus, nowMs, round) => {
    switch (asked.view) {
      case 'table':
        return plainTable(gpus, nowMs);
      case 'list':
        return listGpus(gpus);
      case 'dmon':
        return deviceMonitor(gpus, { header: round === 0 });
      case 'pmon':
        return processMonitor(gpus, { header: round === 0 });
      default: {
        const result = query(gpus, nowMs, round);
        return result.kind === 'lines' ? result.text : '';
      }
    }
  };
  const isEndless = isMonitor || asked.loopMs !== undefined;
  const rounds = asked.count ?? (isEndless ? Number.POSITIVE_INFINITY : 1);
  return { kind: 'show', screen, only: asked.only, rounds, periodMs: asked.loopMs ?? 1000 };
}

function words(list: string): readonly string[] {
  return list
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}

const USAGE = `NVIDIA System Management Interface, as simulated.
    -L                              list the GPUs
    -i ID,…                         only these, by index or UUID
    -l SEC, -lms MS                 again and again
    --query-gpu=FIELD,…             with --format=csv[,noheader][,nounits]
    --query-compute-apps=FIELD,…    with --format=csv[,noheader][,nounits]
    dmon, pmon [-c N] [-d SEC]      a line for each GPU or process
`;
