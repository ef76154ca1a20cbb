// Times as VastWatch files hold them (`2025-09-01T00:00:00Z`, `2025-09-01 00:00:00+00:00`, with fractions,
// or without a zone) brought to the one that a store keeps: whole seconds of UTC.

const POLL_TIME =
  /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?\s*(?:([Zz])|([+-])(\d\d)(?::?(\d\d))?)?$/;

/**
 * Epoch milliseconds of a poll's time, fractions of a second cut off; no zone means UTC. Undefined when the
 * text is not a time, or names a day or hour that does not exist.
 */
export function parsePollTime(text: string): number | undefined {
  const match = POLL_TIME.exec(text.trim());
  if (!match) return undefined;
  const part = (index: number) => Number(match[index] ?? 0);
  const [year, month, day, hour, minute, second] = [1, 2, 3, 4, 5, 6].map(part) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (hour > 23 || minute > 59 || second > 59 || part(9) > 15 || part(10) > 59) return undefined;
  const localMs = Date.UTC(year, month - 1, day, hour, minute, second);
  // Date.UTC rolls 31 February over into March; such a day is a fault of the file.
  if (new Date(localMs).getUTCDate() !== day || month < 1 || month > 12) return undefined;
  const offsetMs = (part(9) * 60 + part(10)) * 60_000;
  return match[8] === '-' ? localMs + offsetMs : localMs - offsetMs;
}
