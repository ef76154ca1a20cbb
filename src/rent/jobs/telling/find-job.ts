// From the word that a person types to one job: its id, its name, or the beginning of either.
import { AmbiguousTargetError, NoSuchTargetError } from '../../rental/index.ts';
import { isOver, type JobRecord, type JobRecords } from '../records/index.ts';

/** `whole` takes no beginnings. */
export const JOB_WORDS = ['whole', 'beginning'] as const;
export type JobWords = (typeof JOB_WORDS)[number];

const SHOWN = 8;

/**
 * Ids go before names, whole ones before beginnings, so that nobody ends another job than the one that was named; what is
 * under way goes before what is over, and of those that are over and have the same name the newest. Throws
 * NoSuchTargetError and AmbiguousTargetError.
 */
export async function findJob(
  records: Pick<JobRecords, 'get' | 'list'>,
  text: string,
  words: JobWords = 'beginning',
): Promise<JobRecord> {
  const found = await searchJob(records, text, words);
  if (found) return found;
  const live = (await records.list({ isLive: true })).map(({ name }) => name);
  const has =
    live.length === 0
      ? 'none is under way'
      : `under way ${live.length === 1 ? 'is' : 'are'} ${live.slice(0, SHOWN).join(', ')}${live.length > SHOWN ? ` and ${live.length - SHOWN} more` : ''}`;
  throw new NoSuchTargetError(`No job is called "${text}"; ${has} ("vastdeck job list" shows all)`);
}

async function searchJob(
  records: Pick<JobRecords, 'get' | 'list'>,
  text: string,
  words: JobWords,
): Promise<JobRecord | undefined> {
  const wanted = text.trim();
  if (wanted === '') return undefined;
  // Whoever follows a job asks by its id all the time: the others are left unread.
  const byId = (await records.get(wanted)) ?? (await records.get(`job_${wanted}`));
  if (byId) return byId;
  const all = await records.list();
  const live = all.filter(({ status }) => !isOver(status));
  const over = newestOfEachName(all.filter(({ status }) => isOver(status)));
  const isWhole = ({ name }: JobRecord) => name === wanted;
  const isBegun = ({ id, name }: JobRecord) =>
    [name, id, id.replace(/^job_/, '')].some((word) => word.startsWith(wanted));
  const rules = words === 'whole' ? [isWhole] : [isWhole, isBegun];
  for (const rule of rules) {
    for (const group of [live, over]) {
      const found = group.filter(rule);
      if (found.length > 1) throw ambiguous(wanted, found);
      if (found[0]) return found[0];
    }
  }
  // An older run of the same name is found by the beginning of its id.
  return words === 'whole' ? undefined : all.findLast(({ id }) => id.startsWith(wanted));
}

function newestOfEachName(jobs: readonly JobRecord[]): readonly JobRecord[] {
  return [...new Map(jobs.map((job) => [`${job.account} ${job.name}`, job])).values()];
}

function ambiguous(wanted: string, found: readonly JobRecord[]): AmbiguousTargetError {
  const words = found.map(({ name, id }) => `${name} (${id})`);
  const rest = words.length - SHOWN;
  return new AmbiguousTargetError(
    `"${wanted}" may be ${words.length} jobs: ${words.slice(0, SHOWN).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}; type more of the one that is meant, or its id`,
    words,
  );
}
