// Copies under way: how long each takes follows from its size and the lines, the files arrive when it ends, and then both
// ends pay for what went through. In worlds without insides what a copy weighs is drawn from its path.
import type { Planned } from '../agenda.ts';
import { type Carried, CopyError } from '../copying/copy-steps.ts';
import { DRAW, hashText } from '../dice.ts';
import type { Carrier, CopyOrder } from './carrier.ts';
import type { CopySite } from './copy-sites.ts';
import type { Fleet } from './fleet.ts';

export interface CopyWish {
  /** Left out: a cloud, of which nothing is simulated. At least one of them is given. */
  readonly from?: CopySite | undefined;
  readonly to?: CopySite | undefined;
  readonly fromPath: string;
  readonly toPath: string;
}

export interface CopyRuns {
  /** Resolves when it is known how long it will take. */
  begin(wish: CopyWish, atMs: number): Promise<void>;
  /** Cuts off those for which it is so. Files that have arrived whole by then stay. */
  cancel(atMs: number, isMeant: (wish: CopyWish) => boolean): void;
}

interface Run {
  readonly id: number;
  readonly wish: CopyWish;
  readonly gb: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly planned: Planned;
}

const MEDIAN_GB = 2;
const SIGMA = 1.1;
const SETUP_MS = 2_000;
/** What a line gives to one copy. */
const LINE_SHARE = 0.7;
const BYTES_PER_GB = 1e9;

export function createCopyRuns(fleet: Fleet, carrier: Carrier | undefined): CopyRuns {
  const { service } = fleet;
  const running = new Map<number, Run>();
  let made = 0;

  const begin: CopyRuns['begin'] = async (wish, atMs) => {
    for (const site of sitesOf(wish)) site.prepare();
    const order = orderOf(wish);
    if (!carrier || !order) return plan(wish, drawnGb(wish), atMs);
    try {
      const weight = carrier.weigh(order);
      // Twins answer at once; real disks take their time, in which the simulation may go on.
      if (typeof weight === 'number') plan(wish, weight / BYTES_PER_GB, atMs);
      else plan(wish, (await weight) / BYTES_PER_GB, Math.max(atMs, service.nowMs()));
    } catch (error) {
      // The files are looked at when the copy has begun, so that whoever asked for it is not told.
      plan(wish, 0, atMs, String(whyOf(error)));
    }
  };

  const plan = (wish: CopyWish, gb: number, atMs: number, failure?: string) => {
    made += 1;
    const id = made;
    const endMs = Math.round(atMs + SETUP_MS + durationMs(wish, gb));
    const planned = service.agenda.plan(endMs, (dueMs) => {
      if (failure === undefined) return finish(id, dueMs, 1);
      running.delete(id);
      settle({ id, wish }, { bytes: 0, complaint: failure }, true, dueMs);
    });
    running.set(id, { id, wish, gb, startMs: atMs, endMs, planned });
    for (const site of sitesOf(wish)) site.note('copy_begun', { copy_id: id, gb, until_ms: endMs }, atMs);
  };

  const drawnGb = (wish: CopyWish): number => {
    const [{ place, sizeGb }] = sitesOf(wish) as [CopySite];
    const unit = service.dice.normal(DRAW.instance, place.id, hashText(wish.fromPath, 31), 40);
    return Number(Math.min(sizeGb * 0.9, MEDIAN_GB * Math.exp(SIGMA * unit)).toFixed(3));
  };

  const finish = (id: number, atMs: number, wantedShare: number) => {
    const run = running.get(id);
    if (!run) return;
    running.delete(id);
    const { wish, gb, startMs, endMs } = run;
    const goneMs = sitesOf(wish).flatMap((site) => site.goneMs(atMs) ?? []);
    const lastShare = (Math.min(atMs, ...goneMs) - startMs) / (endMs - startMs);
    const share = Math.max(0, goneMs.length > 0 ? Math.min(wantedShare, lastShare) : wantedShare);
    const isWhole = share >= 1 && goneMs.length === 0;
    const order = orderOf(wish);
    const drawn: Carried = { bytes: gb * share * BYTES_PER_GB };
    if (!carrier || !order?.to || goneMs.length > 0) return settle(run, drawn, isWhole, atMs);
    const limitBytes = isWhole ? Number.POSITIVE_INFINITY : drawn.bytes;
    const carried = carry(carrier, { from: order.from, to: order.to }, limitBytes);
    if (!(carried instanceof Promise)) return settle(run, carried, isWhole, atMs);
    void carried.then((real) => settle(run, real, isWhole, Math.max(atMs, service.nowMs())));
  };

  /** Both ends pay for what went through. */
  const settle = (
    { id, wish }: Pick<Run, 'id' | 'wish'>,
    { bytes, complaint }: Carried,
    isWhole: boolean,
    atMs: number,
  ) => {
    const gb = bytes / BYTES_PER_GB;
    const { from, to } = wish;
    if (!isWithinMachine(wish)) {
      from?.bill('bwu', gb, atMs);
      to?.bill('bwd', gb, atMs);
    }
    const what = complaint !== undefined ? 'copy_failed' : isWhole ? 'copied' : 'copy_cut_off';
    const data = { copy_id: id, gb, ...(complaint !== undefined && { why: `rsync: ${complaint}` }) };
    for (const site of sitesOf(wish)) if (site.goneMs(atMs) === undefined) site.note(what, data, atMs);
  };

  return {
    begin,
    cancel(atMs, isMeant) {
      for (const { id, wish, planned, startMs, endMs } of running.values()) {
        if (!isMeant(wish)) continue;
        planned.cancel();
        finish(id, atMs, Math.min(0.999, Math.max(0, (atMs - startMs) / (endMs - startMs))));
      }
    },
  };
}

function carry(carrier: Carrier, order: Required<CopyOrder>, limitBytes: number) {
  const failed = (error: unknown): Carried => ({ bytes: 0, complaint: whyOf(error) });
  try {
    const carried = carrier.carry(order, limitBytes);
    return carried instanceof Promise ? carried.catch(failed) : carried;
  } catch (error) {
    return failed(error);
  }
}

function whyOf(error: unknown): string {
  return error instanceof CopyError ? error.message : `error in rsync protocol data stream: ${String(error)}`;
}

/** Undefined for what comes out of a cloud: nothing is there to be moved. */
function orderOf({ from, to, fromPath, toPath }: CopyWish): CopyOrder | undefined {
  if (!from) return undefined;
  return {
    from: { place: from.place, path: fromPath },
    ...(to && { to: { place: to.place, path: toPath } }),
  };
}

/** Each once: a copy may stay within one of them. */
function sitesOf({ from, to }: CopyWish): readonly CopySite[] {
  const isSame = from && to && from.place.kind === to.place.kind && from.place.id === to.place.id;
  return [from, isSame ? undefined : to].filter((site) => site !== undefined);
}

function isWithinMachine({ from, to }: CopyWish): boolean {
  return from !== undefined && from.machine === to?.machine;
}

function durationMs(wish: CopyWish, gb: number): number {
  const { from, to } = wish;
  if (from && isWithinMachine(wish)) return (gb * 1_000_000) / from.diskMbPerSecond;
  const up = from?.upMbps ?? Number.POSITIVE_INFINITY;
  const down = to?.downMbps ?? Number.POSITIVE_INFINITY;
  return (gb * 8_000_000) / (Math.min(up, down) * LINE_SHARE);
}
