// What a person sees before the question: ranking, bids, what is set aside, what ends it, what would deny it.
import { formatUsd, printable, wrapText } from '../../../base/std/index.ts';
import { bidTable, type Candidate, type FactsLookup, type Ranking } from '../../../rent/rental/index.ts';
import type { Renting } from '../../app/index.ts';
import { type Context, formatOf } from '../context.ts';
import type { Flags } from '../flags.ts';
import { plural } from '../output/number.ts';
import { screenTime } from '../output/screen-time.ts';
import { renderRows } from '../output/table.ts';
import {
  BID_COLUMNS,
  bidRows,
  denialSentences,
  endLines,
  keptOutSentences,
  RANKING_COLUMNS,
  rankingRows,
  reservationSentence,
} from './rent-plan.ts';
import type { RentWish } from './rent-wish.ts';

export async function showPlan(
  context: Context,
  flags: Flags,
  { client, ledger, account }: Renting,
  {
    wish,
    ranking,
    best,
    mostPerHour,
    facts,
  }: {
    readonly wish: RentWish;
    readonly ranking: Ranking;
    readonly best: Candidate;
    readonly mostPerHour: number;
    readonly facts: FactsLookup;
  },
): Promise<void> {
  const { terminal, clock } = context;
  const isData = formatOf(flags, terminal) !== 'table';
  const rows = rankingRows(ranking);
  // A dry run's answer is the ranking; otherwise the answer is the machine, and the way there goes where progress goes.
  if (flags.dryRun === true && isData) {
    context.print(
      rows,
      [{ name: 'offer_id' }, ...RANKING_COLUMNS].map(({ name }) => ({ name })),
      flags,
    );
  } else {
    terminal.err(renderRows(rows, RANKING_COLUMNS, { format: 'table', width: terminal.columns }));
  }
  terminal.err(
    `${plural(ranking.eligible, 'offer')} of ${ranking.considered} will do; ${best.terms.offerId === ranking.ranked[0]?.offer.id ? 'the first is taken' : `offer ${best.terms.offerId} is the first within the budget`}.\n`,
  );
  for (const sentence of keptOutSentences(ranking)) say(context, sentence);
  const chosen = ranking.ranked.find(({ offer }) => Number(offer.id) === best.terms.offerId);
  if (best.terms.bidPerHour !== null && chosen) {
    const table = bidTable({
      offer: chosen.offer,
      need: wish.need,
      facts,
      nowMs: clock.now(),
      peers: ranking.ranked.map(({ offer }) => offer),
    });
    terminal.err(
      `Bids on machine ${best.machineId} (chances are assumed until this install has seen some):\n`,
    );
    terminal.err(
      renderRows(bidRows(table, best.terms.bidPerHour), BID_COLUMNS, {
        format: 'table',
        width: terminal.columns,
      }),
    );
    const lowest = table.rows[0]?.bidPerHour;
    if (table.onDemand && best.terms.bidPerHour >= table.onDemand.bidPerHour * 0.99) {
      say(
        context,
        `At this bid on-demand costs no more, and nobody takes it away: leave --interruptible out${lowest === undefined ? '' : `, or bid less, from --bid ${lowest.toFixed(3)} on`}.`,
      );
    }
  }
  say(context, reservationSentence(best, wish));
  if (wish.need.maxPricePerHour === undefined) {
    say(
      context,
      `Should it be gone by then, the next one up to ${formatUsd(mostPerHour)}/h is taken; --max-price says another limit.`,
    );
  }
  for (const line of endLines(wish, best, screenTime(clock.now() + wish.lease.leaseMs))) say(context, line);
  const denials = denialSentences(
    { rows: await ledger.budget(), halt: await ledger.haltState() },
    { worstCost: best.worstCost, scopes: { ...wish.launch.scopes, account: account.account } },
  );
  for (const sentence of denials) say(context, sentence);
  if (wish.launch.templateHash === undefined)
    terminal.err(`Image ${wish.launch.image}, ${wish.launch.diskGb} GB of disk, at ${client.baseUrl}.\n`);
}

/** Prose for people, broken at words. */
export function say({ terminal }: Context, sentence: string): void {
  const lines = terminal.errIsTerminal ? wrapText(sentence, terminal.columns) : [sentence];
  terminal.err(`${lines.map(printable).join('\n')}\n`);
}
