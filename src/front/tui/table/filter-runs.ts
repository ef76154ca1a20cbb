// The language of the filter: words that must all be there, `!word` that must not, `field:word`, `field>number`,
// `~letters` in that order anywhere. Pure.
import type { RunView } from '../../../rent/monitor/index.ts';
import { idText } from './columns.ts';

type Test = (run: RunView) => boolean;

const TEXTS: Readonly<Record<string, (run: RunView) => string>> = {
  id: idText,
  name: ({ name }) => name,
  gpu: ({ gpuName, gpuCount }) => `${gpuCount ?? ''}x ${gpuName ?? ''}`,
  status: ({ status }) => status,
  health: ({ health }) => `${health.status} ${health.colour}`,
  group: ({ group }) => group ?? '',
  reason: ({ reason, health }) => `${reason} ${health.reason}`,
  where: ({ geolocation }) => geolocation ?? '',
  source: ({ lineSource, lineFrom }) => `${lineSource} ${lineFrom}`,
  format: ({ format }) => format ?? '',
};

const NUMBERS: Readonly<Record<string, (run: RunView) => number | null>> = {
  'gpu%': ({ gpuPercent }) => gpuPercent,
  'vram%': ({ gpuMemoryPercent }) => gpuMemoryPercent,
  'mem%': ({ memoryPercent }) => memoryPercent,
  'disk%': ({ diskPercent }) => diskPercent,
  loss: ({ loss }) => loss,
  progress: ({ progress }) => (progress === null ? null : progress * 100),
  cost: ({ pricePerHour }) => pricePerHour,
  total: ({ spentUsd }) => spentUsd,
  eta: ({ etaS }) => (etaS === null ? null : etaS.likely / 3600),
  waste: ({ wastePerHour }) => wastePerHour,
  step: ({ step }) => step,
  epoch: ({ epoch }) => epoch,
  gpus: ({ gpuCount }) => gpuCount,
};

/** For the help. */
export const FILTER_FIELDS = [...Object.keys(TEXTS), ...Object.keys(NUMBERS)];

export function filterRuns(runs: readonly RunView[], filter: string): readonly RunView[] {
  const tests = filter.split(/\s+/).filter(Boolean).map(testOf);
  return tests.length === 0 ? runs : runs.filter((run) => tests.every((test) => test(run)));
}

function testOf(word: string): Test {
  if (word.startsWith('!') && word.length > 1) {
    const inner = testOf(word.slice(1));
    return (run) => !inner(run);
  }
  const compared = /^([a-z%]+)([<>]=?)(-?[\d.]+(?:e-?\d+)?)$/i.exec(word);
  const numberOf = compared && NUMBERS[(compared[1] as string).toLowerCase()];
  if (compared && numberOf) return comparison(numberOf, compared[2] as string, Number(compared[3]));
  const [field = '', ...rest] = word.split(':');
  const textOf = TEXTS[field.toLowerCase()];
  if (textOf && rest.length > 0) {
    const wanted = rest.join(':').toLowerCase();
    return (run) => textOf(run).toLowerCase().includes(wanted);
  }
  if (word.startsWith('~') && word.length > 1) {
    const letters = word.slice(1).toLowerCase();
    return (run) => hasInOrder(wholeText(run), letters);
  }
  const wanted = word.toLowerCase();
  return (run) => wholeText(run).includes(wanted);
}

/** What is not known is neither above nor below anything. */
function comparison(numberOf: (run: RunView) => number | null, sign: string, limit: number): Test {
  return (run) => {
    const value = numberOf(run);
    if (value === null || Number.isNaN(value)) return false;
    if (sign === '>') return value > limit;
    if (sign === '<') return value < limit;
    return sign === '>=' ? value >= limit : value <= limit;
  };
}

function wholeText(run: RunView): string {
  return Object.values(TEXTS)
    .map((textOf) => textOf(run))
    .join(' ')
    .toLowerCase();
}

function hasInOrder(text: string, letters: string): boolean {
  let at = 0;
  for (const character of text) if (character === letters[at]) at += 1;
  return at === letters.length;
}
