// All pages of the listing of instances as one reading, with everything that keeps it from being the whole truth.
import type { Clock } from '../../base/std/index.ts';
import type { CallOptions } from './api-call.ts';
import { isObject } from './decode-fields.ts';
import type { InstanceDecoder } from './decode-instance.ts';
import { InvalidRequestError, MalformedAnswerError } from './errors.ts';
import type { Instance, InstanceListing } from './instance.ts';
import type { SendRead } from './send-read.ts';
import type { WireInstancePage } from './wire/index.ts';

/** Rows of a page: the most that the service gives. */
const PAGE_ROWS = 25;
/** 50,000 instances: a longer list is one that never ends. */
const MOST_PAGES = 2_000;
/** As many sentences as anybody reads. */
const MOST_FAULTS = 50;

interface Page {
  readonly rows: readonly unknown[];
  readonly found: number | null;
  /** How many labels the page counts, of all pages. */
  readonly labels: number;
  readonly total: number | null;
  readonly nextToken: string | null;
}

export interface ListDeps {
  readonly send: SendRead;
  readonly clock: Clock;
  readonly decoder: InstanceDecoder;
}

/** Throws the errors of a read; MalformedAnswerError for a page that is no list. */
export async function listInstances(
  { send, clock, decoder }: ListDeps,
  options?: CallOptions,
): Promise<InstanceListing> {
  const startedAtMs = clock.now();
  const faults: string[] = [];
  const fault = (sentence: string) => {
    if (faults.length < MOST_FAULTS) faults.push(sentence);
  };
  const byId = new Map<number, Instance>();
  const tokens = new Set<string>();
  let total: number | null = null;
  let rows = 0;
  let pages = 0;
  let token: string | null = null;
  do {
    const page: Page | undefined = await readPage(send, token, options).catch((error: unknown) => {
      // The row that the token names is gone: somebody destroyed it while the list was read.
      if (!(error instanceof InvalidRequestError && error.code === 'invalid_token' && pages > 0)) throw error;
      fault(`the page after ${rows} rows was refused: ${error.message}`);
      return undefined;
    });
    if (!page) break;
    pages += 1;
    rows += page.rows.length;
    if (pages === 1) total = page.total;
    if (page.total === null) fault(`page ${pages} does not say how many instances there are`);
    else if (page.total !== total)
      fault(`page ${pages} speaks of ${page.total} instances, page 1 of ${total}`);
    if (page.found !== null && page.found !== page.rows.length) {
      fault(`page ${pages} speaks of ${page.found} rows and has ${page.rows.length}`);
    }
    if (page.total === 0 && page.labels > 0) {
      fault(`page ${pages} speaks of no instances and of ${page.labels} labels that they have`);
    }
    for (const row of page.rows) {
      const instance = decoder.decode(row);
      if (typeof instance === 'string') fault(`page ${pages}: ${instance}`);
      else if (byId.has(instance.id)) fault(`instance ${instance.id} is in the list twice`);
      else byId.set(instance.id, instance);
    }
    token = page.nextToken;
    if (token === null) break;
    if (page.rows.length === 0 || tokens.has(token) || pages >= MOST_PAGES) {
      fault(`the list does not end: page ${pages} has ${page.rows.length} rows and points on`);
      break;
    }
    tokens.add(token);
  } while (token !== null);
  if (total !== null && total !== rows) fault(`the service speaks of ${total} instances and listed ${rows}`);
  return { startedAtMs, endedAtMs: clock.now(), total, instances: [...byId.values()], pages, faults };
}

function readPage(send: SendRead, token: string | null, options?: CallOptions): Promise<Page> {
  return send(
    {
      method: 'GET',
      route: '/v1/instances/',
      query: {
        select_filters: '{}',
        order_by: '[{"col": "id", "dir": "asc"}]',
        limit: String(PAGE_ROWS),
        ...(token === null ? {} : { after_token: token }),
      },
      auth: 'key',
      decode: (json, answer) => {
        const page: Partial<Record<keyof WireInstancePage, unknown>> = isObject(json) ? json : {};
        const { instances, instances_found, total_instances, label_counts, next_token } = page;
        if (!Array.isArray(instances)) {
          throw new MalformedAnswerError(
            `${answer.endpoint} answered without a list of instances; what the account has is unknown, try again`,
            { ...answer, isTransient: true },
          );
        }
        return {
          rows: instances,
          found: typeof instances_found === 'number' ? instances_found : null,
          total: typeof total_instances === 'number' ? total_instances : null,
          labels: isObject(label_counts) ? Object.keys(label_counts).length : 0,
          nextToken: typeof next_token === 'string' && next_token !== '' ? next_token : null,
        };
      },
    },
    options,
  );
}
