// `vastdeck price`: what one GPU model costs now, for each way of renting it, in all and by region.
import { formatUsd } from '../../../base/std/index.ts';
import {
  makeOfferQuery,
  OFFER_TYPES,
  type Offer,
  type OfferType,
  resolveGpuName,
  summarisePrices,
} from '../../../net/vast/index.ts';
import { personSession } from '../client.ts';
import { type Context, formatOf } from '../context.ts';
import { UsageError } from '../errors.ts';
import { type Flags, readText } from '../flags.ts';
import type { Column, Row } from '../output/column.ts';
import { progressLine } from '../output/progress.ts';

const dollars = (value: unknown) => formatUsd(Number(value));

const COLUMNS: readonly Column[] = [
  { name: 'gpu_name', title: 'gpu', importance: 3 },
  { name: 'type' },
  { name: 'group', title: 'where' },
  { name: 'count', title: 'offers' },
  { name: 'min', format: dollars },
  { name: 'p10', format: dollars, importance: 2 },
  { name: 'p25', format: dollars, importance: 1 },
  { name: 'median', format: dollars },
  { name: 'p75', format: dollars, importance: 1 },
  { name: 'p90', format: dollars, importance: 2 },
  { name: 'max', format: dollars },
];

const GROUPS: Readonly<Record<string, (offer: Offer) => string>> = {
  region: (offer) => offer.countryCode ?? 'unknown',
  count: (offer) => `${offer.numGpus ?? '?'}x`,
};

/** Groups beyond these are small; the data formats have them all. */
const SHOWN_GROUPS = 8;

export async function price(context: Context, gpu: string, flags: Flags): Promise<void> {
  const by = readText(flags.by) ?? 'region';
  const groupOf = GROUPS[by];
  if (!groupOf) throw new UsageError(`--by "${by}" is not known; it is region or count`);
  await using session = await personSession(context);
  const { client } = session;
  const options = { signal: context.terminal.interrupted };
  const gpuName = await resolveGpuName(client, gpu, options);
  const rows: Row[] = [];
  const isForPeople = formatOf(flags, context.terminal) === 'table';
  const cut: OfferType[] = [];
  const progress = progressLine(context, { plainEveryMs: 'never' });
  for (const type of OFFER_TYPES) {
    const query = makeOfferQuery({
      filters: [{ field: 'gpu_name', op: 'eq', value: gpuName }],
      type,
      bundling: 'unbundled',
      storageGb: 8,
    });
    progress.show(`asking for ${type} prices (searches are some seconds apart)…`);
    const { offers } = await client.offers.search(query, options);
    rows.push(...priceRows(gpuName, type, offers, groupOf, isForPeople));
    if (isPerhapsCut(offers.length)) cut.push(type);
  }
  progress.end();
  context.print(rows, COLUMNS, flags);
  context.terminal.err(
    'Dollars per GPU and hour with 8 GB of disk, of verified offers that can be rented now.\n',
  );
  if (rows.every((row) => row.count === 0)) {
    context.terminal.err(`No ${gpuName} is on offer now.\n`);
  }
  if (cut.length > 0) {
    context.terminal.err(
      `The service may have cut its answer for ${cut.join(' and ')}, so these are the prices of a sample; "vastdeck market collect" sees all.\n`,
    );
  }
}

/** The sizes at which answers have been seen to be cut (2026); the service does not say when it does. */
function isPerhapsCut(rows: number): boolean {
  return rows === 64 || rows === 128 || rows >= 500;
}

function priceRows(
  gpuName: string,
  type: OfferType,
  offers: readonly Offer[],
  groupOf: (offer: Offer) => string,
  isForPeople: boolean,
): Row[] {
  const groups = [...Map.groupBy(offers, groupOf)].sort(
    (a, b) => b[1].length - a[1].length || (a[0] < b[0] ? -1 : 1),
  );
  return [['all', offers] as const, ...groups.slice(0, isForPeople ? SHOWN_GROUPS : groups.length)].map(
    ([group, members]) => ({
      gpu_name: gpuName,
      type,
      group,
      ...summarisePrices(members, type),
    }),
  );
}
