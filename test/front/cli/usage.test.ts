import { describe, expect, it } from 'vitest';
import { describeFailure } from '../../../src/front/cli/failure.ts';
import { readDuration, readInteger, readList, readNumber, readTime } from '../../../src/front/cli/flags.ts';
import { vastdeck } from './cli-world.ts';

describe('Help', () => {
  it.each([[[]], [['--help']], [['-h']], [['help']]])('of the program is printed for %j', async (args) => {
    const { code, out, err } = await vastdeck(args);
    expect(out).toMatch(/^Usage: vastdeck/);
    expect(out).toContain('market');
    expect({ code, err }).toEqual({ code: 0, err: '' });
  });

  it.each([
    [['market', 'report', '--help']],
    [['help', 'market', 'report']],
    [['market', 'help', 'report']],
  ])('of a command is printed for %j', async (args) => {
    const { code, out } = await vastdeck(args);
    expect(out).toMatch(/^Usage: vastdeck market report/);
    expect(out).toContain('Examples:');
    expect(code).toBe(0);
  });

  it.each([
    [['market']],
    [['config']],
    [['market', '--help']],
  ])('of a group is printed for %j, on standard output', async (args) => {
    const { code, out, err } = await vastdeck(args);
    expect(out).toMatch(/^Usage: vastdeck (market|config)/);
    expect({ code, err }).toEqual({ code: 0, err: '' });
  });
});

describe('A mistake in the command line', () => {
  it.each([
    [['ofers'], 'There is no command "ofers"; did you mean offers?'],
    [['help', 'ofers'], 'There is no command "ofers"; did you mean offers?'],
    [['market', 'reprt'], 'There is no command "reprt"; did you mean report?'],
    [['zzz'], 'There is no command "zzz"; "vastdeck --help" lists what there is.'],
    [
      ['create', 'instance', '1'],
      '"create" is a verb of the official CLI that has no answer here; "vastdeck --help" lists what there is.',
    ],
    [
      ['offers', '--type', 'foo'],
      '--type "foo" is not known; it is one of on-demand, interruptible, reserved',
    ],
    [['market', 'report', '--mdoe', 'x'], 'There is no option --mdoe; did you mean --mode?'],
    [['offers', '--zzzzz'], 'There is no option --zzzzz; "vastdeck offers --help" lists what there is.'],
    [
      ['market', 'report', '--format', 'xml'],
      '--format "xml" is not known; it is one of table, tsv, csv, json',
    ],
    [
      ['market', 'report', '--limit'],
      '--limit needs a value: write --limit <n>; "vastdeck market report --help" lists what there is.',
    ],
    [['price'], '<gpu> is missing; "vastdeck price --help" lists what there is.'],
    [
      ['market', 'export', 'csv'],
      '--out <file> is missing; "vastdeck market export --help" lists what there is.',
    ],
    [
      ['market', 'status', 'now'],
      'Nothing can be done with "now" here; "vastdeck market status --help" lists what there is.',
    ],
  ])('%j is one sentence', async (args, sentence) => {
    expect(await vastdeck(args)).toEqual({ code: 2, out: '', err: `${sentence}\n` });
  });
});

describe('A flag', () => {
  it.each([
    ['20', 20],
    ['1', 1],
    ['1e3', 1_000],
  ])('takes the whole number %s', (text, value) => {
    expect(readInteger('--limit', text, { min: 1, example: 20 })).toBe(value);
  });

  it.each([
    '0',
    '-1',
    '1.5',
    'many',
    '',
    ' ',
    'NaN',
    '9007199254740993',
    undefined,
  ])('refuses %s as a whole number of at least 1', (text) => {
    expect(() => readInteger('--limit', text, { min: 1, example: 20 })).toThrow(
      'is not a whole number of at least 1; write it like --limit 20',
    );
  });

  it('has an upper bound on both sides of which it is tried', () => {
    const range = { max: 65_535, example: 8_080 };
    expect(readInteger('--port', '65535', range)).toBe(65_535);
    expect(() => readInteger('--port', '65536', range)).toThrow('from 0 to 65535');
    expect(() => readNumber('--port', 'Infinity', range)).toThrow('--port "Infinity"');
  });

  it('takes times and durations as people write them, and shows how for the rest', () => {
    const nowMs = Date.UTC(2026, 10, 20, 12);
    expect(readTime('--since', '6h', nowMs)).toBe(Date.UTC(2026, 10, 20, 6));
    expect(readTime('--since', undefined, nowMs)).toBeUndefined();
    expect(() => readTime('--since', 'nonsense', nowMs)).toThrow(
      '--since: "nonsense" is not a time; write it',
    );
    expect(readDuration('--backfill', '1h30m')).toBe(5_400_000);
    expect(() => readDuration('--backfill', 'long')).toThrow('--backfill: "long" is not a duration');
  });

  it('takes lists with spaces and empty parts', () => {
    expect(readList(' a, b ,,c')).toEqual(['a', 'b', 'c']);
    expect(readList(undefined)).toEqual([]);
  });
});

describe('A failure', () => {
  const named = (name: string, message: string, more: object = {}) =>
    Object.assign(new Error(message), { name }, more);

  it.each([
    ['UsageError', 2],
    ['QuerySyntaxError', 2],
    ['ReportOptionError', 2],
    ['SqlError', 2],
    ['IntervalTooShortError', 2],
    ['NotFoundError', 4],
    ['UnknownGpuError', 4],
    ['UnauthorizedError', 5],
    ['UnavailableError', 5],
    ['UnreachableError', 5],
    ['RateLimitedError', 5],
    ['StoreHeldError', 1],
    ['CorruptStoreError', 1],
    ['Error', 1],
  ])('called %s has exit code %i, also when it comes from another thread', (name, code) => {
    expect(describeFailure(named(name, 'A sentence.'))).toEqual({ sentence: 'A sentence.', code });
  });

  it('of the person’s own making has nothing to say', () => {
    expect(describeFailure(named('Interrupted', 'Interrupted by SIGINT'))).toEqual({
      sentence: '',
      code: 130,
    });
  });

  it.each([
    [{ code: 'ENOSPC' }, /The disk is full.*nothing that was stored before is lost/],
    [{ code: 'EROFS', path: '/x' }, /No permission to write \/x.*VASTDECK_HOME/],
    [{ code: 'ENOENT', syscall: 'mkdir', path: '/proc/x' }, /\/proc\/x cannot be made.*VASTDECK_HOME/],
    [{ code: 'EADDRINUSE' }, /The port is taken.*--port/],
    [{ code: 'ERR_SQLITE_ERROR', errcode: 11 }, /A store is damaged.*market check/],
    [{ code: 'ERR_SQLITE_ERROR', errcode: 13 }, /The disk is full/],
  ])('of the system %j is put into words', (facts, sentence) => {
    expect(describeFailure(named('Error', 'what the system said', facts)).sentence).toMatch(sentence);
  });

  it('while closing does not hide the one before it', () => {
    const both = new SuppressedError(named('Error', 'could not close'), named('UsageError', 'was wrong'));
    expect(describeFailure(both)).toEqual({ sentence: 'was wrong', code: 2 });
  });

  it('that is no error at all is shown as it is', () => {
    expect(describeFailure('what')).toEqual({ sentence: 'what', code: 1 });
  });
});
