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
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import type { Flags } from '../flags.ts';
import type { Column, Row } from '../output/table.ts';

const dollars = (value: unknown) => formatUsd(Number(value));

const COLUMNS: readonly Column[] = [
  { name: 'gpu_name', title: 'gpu' },
  { name: 'type' },
  { name: 'group', title: 'where' },
  { name: 'count', title: 'offers' },
  ...['min', 'p10', 'p25', 'median', 'p75', 'p90', 'max'].map((name) => ({ name, format: dollars })),
];

const GROUPS: Readonly<Record<string, (offer: Offer) => string>> = {
  region: (offer) => offer.countryCode ?? 'unknown',
  count: (offer) => `${offer.numGpus ?? '?'}x`,
};

/** Groups beyond these are small; JSON has them all. */
const SHOWN_GROUPS = 8;

export async function price(context: Context, gpu: string, flags: Flags): Promise<void> {
  const groupOf = GROUPS[String(flags.by ?? 'region')];
  if (!groupOf) throw new UsageError(`--by "${String(flags.by)}" is not known; it is region or count`);
  await using session = await personSession(context);
  const { client } = session;
  const options = { signal: context.terminal.interrupted };
  const gpuName = await resolveGpuName(client, gpu, options);
  const rows: Row[] = [];
  for (const type of OFFER_TYPES) {
    const query = makeOfferQuery({
      filters: [{ field: 'gpu_name', op: 'eq', value: gpuName }],
      type,
      bundling: 'unbundled',
      storageGb: 8,
    });
    if (type !== 'on-demand') context.terminal.err(`asking for ${type} prices (searches are 6 s apart)…\n`);
    const { offers } = await client.offers.search(query, options);
    rows.push(...priceRows(gpuName, type, offers, groupOf, flags.json === true));
  }
  context.print(rows, COLUMNS, flags);
  context.terminal.err(
    'Dollars per GPU and hour with 8 GB of disk, of verified offers that can be rented now.\n',
  );
  if (rows.every((row) => row.count === 0)) {
    context.terminal.err(`No ${gpuName} is on offer now.\n`);
  }
}

function priceRows(
  gpuName: string,
  type: OfferType,
  offers: readonly Offer[],
  groupOf: (offer: Offer) => string,
  all: boolean,
): Row[] {
  const groups = [...Map.groupBy(offers, groupOf)].sort(
    (a, b) => b[1].length - a[1].length || (a[0] < b[0] ? -1 : 1),
  );
  return [['all', offers] as const, ...groups.slice(0, all ? groups.length : SHOWN_GROUPS)].map(
    ([group, members]) => ({
      gpu_name: gpuName,
      type,
      group,
      ...summarisePrices(members, type),
    }),
  );
}
