// How large a market is to be: by its offers, or by its hosts, of which a few run many machines.
import type { Dice } from '../dice.ts';
import { buildWorld } from './population.ts';

export interface MarketSize {
  /** Offers that a full unbundled on-demand listing holds, about; default 10,000. */
  readonly offers?: number | undefined;
  /** So many hosts, with as many machines as come with them. */
  readonly hosts?: number | undefined;
}

const DEFAULT_OFFERS = 10_000;
/** Twenty times the market of 2026; beyond it building takes minutes. */
export const MOST_OFFERS = 500_000;
/** They have some 20,000 machines: new machines mostly come to hosts that are there already. */
export const MOST_HOSTS = 1_000;

/** Of machines with hosts of this concentration, as population.ts has it, how many it takes; a first guess. */
const CONCENTRATION = 220;
const OFFERS_PER_MACHINE = 6;
const FEW_HOSTS = 20;
const LEAST_OFFERS = 0.5;
const TRIES = 200;

/** The offers that `buildWorld` is to be asked for. Throws RangeError for a size that makes no sense. */
export function offersOf({ offers, hosts }: MarketSize, dice: Dice, startMs: number): number {
  if (hosts === undefined) {
    const wanted = offers ?? DEFAULT_OFFERS;
    if (wanted >= 1 && wanted <= MOST_OFFERS) return wanted;
    throw new RangeError(`A market of ${wanted} offers cannot be simulated; ask for 1 to ${MOST_OFFERS}`);
  }
  if (offers !== undefined) {
    throw new RangeError(
      `A market has the size of ${offers} offers or of ${hosts} hosts; give one of the two`,
    );
  }
  if (!(Number.isInteger(hosts) && hosts >= 1 && hosts <= MOST_HOSTS)) {
    throw new RangeError(`A market of ${hosts} hosts cannot be simulated; ask for 1 to ${MOST_HOSTS}`);
  }
  return offersWithHosts(hosts, dice, startMs);
}

/**
 * Builds and counts. Which machine brings the next host hangs on the machine's number alone, so that one market that is
 * too large tells how many machines are wanted.
 */
function offersWithHosts(hosts: number, dice: Dice, startMs: number): number {
  let offers =
    hosts <= FEW_HOSTS
      ? LEAST_OFFERS
      : Math.ceil(OFFERS_PER_MACHINE * CONCENTRATION * Math.expm1((hosts + 8) / CONCENTRATION));
  let closest = { offers, off: Number.POSITIVE_INFINITY };
  let [tooFew, tooMany] = [0, Number.POSITIVE_INFINITY];
  for (let attempt = 0; attempt < TRIES && closest.off > 0; attempt += 1) {
    const world = buildWorld({ dice, startMs, offers });
    const off = Math.abs(world.hosts.length - hosts);
    if (off < closest.off) closest = { offers, off };
    if (world.hosts.length > 2 * hosts && hosts <= FEW_HOSTS) break;
    if (hosts <= FEW_HOSTS) {
      // A small market is cheap to build, and not always larger for more offers.
      offers += LEAST_OFFERS;
      continue;
    }
    if (world.hosts.length < hosts) tooFew = offers;
    else tooMany = offers;
    const wanted = world.hosts[hosts - 1]?.machines[0]?.index;
    const guess = wanted === undefined ? offers * 1.3 : (offers * (wanted + 1.5)) / world.machines.length;
    const isNew = guess > tooFew && guess < tooMany;
    offers = Math.ceil(isNew ? guess : (tooFew + Math.min(tooMany, tooFew * 2)) / 2);
    if (offers === tooFew || offers === tooMany) break;
  }
  return closest.offers;
}
