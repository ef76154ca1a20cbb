// Which request gets which fault: drawn by probability from the request's number on its route, or ordered by hand;
// and how often each fired.
import { type Dice, DRAW, hashText } from '../dice.ts';
import { type CheckedPlan, probabilityOf, stateless } from './fault-plan.ts';
import { FAULT_TABLE, REQUEST_FAULTS, type RequestFaultName } from './fault-table.ts';

const LEGACY_LIST = 'GET /api/v0/instances/';
/** Routes that answer rows, apart from searches. */
const LISTING =
  /^GET \/api\/v[01]\/(instances|instances\/lite|instances\/pending-price-increases|machines|machines\/maintenances|volumes|ssh|template|charges|invoices|auth\/apikeys|audit_logs|subaccounts)\/$/;
const SHORTEST_STORM_MS = 20_000;
const LONGEST_STORM_MS = 90_000;

export interface FiredFault {
  readonly name: RequestFaultName;
  /** Uniform in (0, 1): how slow, which field, where the text is cut. */
  readonly unit: number;
  /** Whether the caller has no usable answer, or not the whole one. */
  readonly isSpoiling: boolean;
}

/** A request as faults see it. */
export interface FaultySite {
  /** `METHOD /path/`, with ids as they were sent. */
  readonly route: string;
  readonly isSearch: boolean;
  /** Since the simulation began. */
  readonly atMs: number;
}

export interface FaultOrder {
  readonly times?: number;
  /** Matched against `METHOD /path/`. */
  readonly route?: RegExp;
}

export interface RequestFaults {
  /** The fault of this request, counted; undefined for most. */
  next(site: FaultySite): FiredFault | undefined;
  fail(fault: RequestFaultName, options?: FaultOrder): void;
  setPlan(plan: CheckedPlan): void;
  counts(): Readonly<Record<RequestFaultName, number>>;
}

export function createRequestFaults(dice: Dice): RequestFaults {
  let plan: CheckedPlan = new Map();
  const counts = Object.fromEntries(REQUEST_FAULTS.map((name) => [name, 0])) as Record<
    RequestFaultName,
    number
  >;
  const requests = new Map<string, number>();
  const orders: { fault: RequestFaultName; left: number; route: RegExp | undefined }[] = [];
  const stormUntilMs = new Map<string, number>();

  const fire = (name: RequestFaultName, unit: number, { route, atMs }: FaultySite): FiredFault => {
    counts[name] += 1;
    if (name === 'rate-limit-storm' && !((stormUntilMs.get(route) ?? 0) > atMs)) {
      stormUntilMs.set(route, atMs + SHORTEST_STORM_MS + unit * (LONGEST_STORM_MS - SHORTEST_STORM_MS));
    }
    return { name, unit, isSpoiling: FAULT_TABLE[name].isHarmless !== true };
  };

  return {
    next(site) {
      const { route, atMs } = site;
      const number = requests.get(route) ?? 0;
      requests.set(route, number + 1);
      const routeKey = hashText(route, 0x811c9dc5);
      const unit = dice.unit(DRAW.fault, routeKey, number, -1);
      if ((stormUntilMs.get(route) ?? 0) > atMs) return fire('rate-limit-storm', unit, site);
      const order = orders.find(
        ({ fault, route: wanted }) => fits(fault, site) && (!wanted || wanted.test(route)),
      );
      if (order) {
        order.left -= 1;
        if (order.left <= 0) orders.splice(orders.indexOf(order), 1);
        return fire(order.fault, unit, site);
      }
      // Each has a draw of its own, so that switching one on leaves the others as they were.
      const drawn = REQUEST_FAULTS.find(
        (name) =>
          fits(name, site) &&
          dice.unit(DRAW.fault, routeKey, number, hashText(name, 1)) <
            probabilityOf(plan.get(name), atMs, route),
      );
      return drawn && fire(drawn, unit, site);
    },
    fail(fault, { times = 1, route } = {}) {
      if (times > 0) orders.push({ fault, left: times, route: route && stateless(route) });
    },
    setPlan(next) {
      plan = next;
    },
    counts: () => ({ ...counts }),
  };
}

/** Faults of rows wait for a request that answers rows. */
function fits(name: RequestFaultName, { route, isSearch }: FaultySite): boolean {
  if (name === 'legacy-list-gone') return route === LEGACY_LIST;
  if (name === 'wrong-success' && (isSearch || route.startsWith('GET '))) return false;
  switch (FAULT_TABLE[name].place) {
    case 'search':
      return isSearch;
    case 'listing':
      return isSearch || LISTING.test(route);
    default:
      return true;
  }
}
