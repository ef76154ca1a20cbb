// `vastdeck offers`: the market as it is at this moment.
import { formatUsd } from '../../../base/std/index.ts';
import { type Offer, type OfferType, parseOfferQuery, priceFor } from '../../../net/vast/index.ts';
import { createHostMemory } from '../../../rent/rental/index.ts';
import { openBooksHere } from '../books-here.ts';
import { personSession } from '../client.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { type Flags, readInteger, readNumber, readOfferType, readText } from '../flags.ts';
import type { Column, Row } from '../output/column.ts';
import { shortNumber } from '../output/number.ts';

const percent = (value: unknown) => `${(Number(value) * 100).toFixed(2)}%`;
const dollars = (value: unknown) => formatUsd(Number(value));

/** Importance: what a narrow window loses first has the smallest number. */
const COLUMNS: readonly Column[] = [
  { name: 'id' },
  { name: 'gpu_name', title: 'gpu' },
  { name: 'num_gpus', title: 'n' },
  { name: 'price_per_hour', title: '$/h', format: dollars },
  { name: 'price_per_gpu_hour', title: '$/gpu·h', format: dollars, importance: 8 },
  { name: 'min_bid', title: 'min bid', format: dollars, importance: 4 },
  { name: 'gpu_ram_gb', title: 'vram GB', format: shortNumber, importance: 11 },
  { name: 'cpu_cores', title: 'cpus', format: shortNumber, importance: 6 },
  { name: 'cpu_ram_gb', title: 'ram GB', format: shortNumber, importance: 7 },
  { name: 'disk_space_gb', title: 'disk GB', format: shortNumber, importance: 5 },
  { name: 'inet_down_mbps', title: '↓ Mbit/s', format: shortNumber, importance: 9 },
  { name: 'dlperf_per_dollar', title: 'dlp/$', format: shortNumber, importance: 3 },
  { name: 'reliability', title: 'reliab.', format: percent, importance: 12 },
  { name: 'verification', title: 'status', importance: 10 },
  { name: 'geolocation', title: 'place', importance: 13 },
  { name: 'machine_id', title: 'machine', importance: 2, format: String },
  { name: 'host_id', title: 'host', importance: 1, format: String },
  // The table's command line says it.
  { name: 'type', importance: 0 },
];

/** What this install has seen of the machine; between price and place, where they are read together. */
const MEMORY_COLUMNS: readonly Column[] = [
  { name: 'boots', title: 'boots ok', importance: 21 },
  { name: 'boots_failed', title: 'failed', importance: 20 },
  { name: 'boot_s', title: 'boot s', format: shortNumber, importance: 19 },
  { name: 'hours_seen', title: 'hours', format: shortNumber, importance: 18 },
  { name: 'interruptions', title: 'cut off', importance: 17 },
  { name: 'bandwidth_share', title: 'line', format: percent, importance: 16 },
  { name: 'speed_share', title: 'speed', format: percent, importance: 15 },
  { name: 'note', title: 'last trouble', isProse: true, importance: 14 },
];

export async function offers(context: Context, text: string, flags: Flags): Promise<void> {
  const type = readOfferType('--type', flags.type) ?? 'on-demand';
  const limit = readInteger('--limit', flags.limit ?? '20', { min: 1, example: 20 });
  const query = parseOfferQuery(text, {
    type,
    order: readText(flags.order) ?? 'dph',
    limit,
    storageGb: readNumber('--storage', flags.storage ?? '8', { example: 8 }),
    bundling: flags.bundled === true ? 'bundled' : 'unbundled',
    defaults: flags.defaultFilters === false ? 'none' : 'official',
  });
  await using session = await personSession(context);
  const answer = await session.client.offers.search(query, { signal: context.terminal.interrupted });
  // The service may answer with more rows than asked for, or fewer: its cap changes by day.
  const shown = answer.offers.slice(0, limit);
  const remembered = flags.memory === true ? await memoryOf(context, shown) : undefined;
  context.print(
    shown.map((offer) => ({ ...offerRow(offer, type), ...remembered?.get(offer.machineId) })),
    remembered ? [...COLUMNS, ...MEMORY_COLUMNS] : COLUMNS,
    flags,
  );
  if (remembered?.size === 0 && shown.length > 0) {
    context.terminal.err(
      'This install has seen none of these machines yet: renting and "vastdeck probe" teach it.\n',
    );
  }
  if (answer.offers.length === 0) {
    context.terminal.err(
      'No offer matches. By default only verified, rentable offers are searched: add verified=any, or loosen a condition.\n',
    );
  }
  if (answer.faults.length > 0) {
    context.terminal.err(`${answer.faults.length} rows of the answer could not be read and are left out.\n`);
  }
}

async function memoryOf(context: Context, offered: readonly Offer[]): Promise<ReadonlyMap<number, Row>> {
  await using books = await openBooksHere(context);
  const memory = createHostMemory({ store: books.store, clock: context.clock });
  const rows = await memory.rows({ machineIds: [...new Set(offered.map(({ machineId }) => machineId))] });
  return new Map(
    rows.map((row) => [
      row.machineId,
      {
        boots: row.bootsOk,
        boots_failed: row.bootsFailed,
        boot_s: row.bootSecondsMedian,
        hours_seen: row.hoursSeen,
        interruptions: row.interruptions,
        bandwidth_share: row.bandwidthShare,
        speed_share: row.speedShare,
        note: row.note,
      },
    ]),
  );
}

/** `vastdeck search offers …`, as fingers that know the official CLI type it. */
export async function searchByHabit(
  context: Context,
  what: string,
  text: string,
  flags: Flags,
): Promise<void> {
  if (what !== 'offers' && what !== 'offer') {
    throw new UsageError(
      `vastdeck searches offers only, and "${what}" was asked for; write it like: vastdeck offers gpu_name=RTX_4090`,
    );
  }
  await offers(context, text, {
    ...flags,
    type: habitualType(flags),
    defaultFilters: flags.default,
    json: flags.json === true || flags.raw === true,
  });
}

function habitualType(flags: Flags): unknown {
  if (flags.bid === true || flags.interruptible === true) return 'interruptible';
  if (flags.reserved === true) return 'reserved';
  return flags.onDemand === true ? 'on-demand' : flags.type;
}

function offerRow(offer: Offer, type: OfferType): Row {
  const price = priceFor(offer, type);
  return {
    type,
    id: offer.id,
    gpu_name: offer.gpuName,
    num_gpus: offer.numGpus,
    price_per_hour: price,
    price_per_gpu_hour: price !== null && offer.numGpus ? price / offer.numGpus : null,
    min_bid: offer.minBidPerHour,
    gpu_ram_gb: offer.gpuRamMb === null ? null : offer.gpuRamMb / 1024,
    cpu_cores: offer.cpuCoresEffective,
    cpu_ram_gb: offer.cpuRamMb === null ? null : offer.cpuRamMb / 1024,
    disk_space_gb: offer.diskSpaceGb,
    inet_down_mbps: offer.downloadMbitPerSecond,
    dlperf_per_dollar: offer.dlperf !== null && price ? offer.dlperf / price : null,
    reliability: offer.reliability,
    verification: offer.verification,
    geolocation: offer.geolocation,
    machine_id: offer.machineId,
    host_id: offer.hostId,
  };
}
