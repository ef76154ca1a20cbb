// Reading job files: units, defaults, and every fault with its place.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  JobFileError,
  jobFileJsonSchema,
  parseJobFile,
  startByMs,
  toNeed,
} from '../../../../src/rent/jobs/file/index.ts';
import { rankOffers } from '../../../../src/rent/rental/index.ts';
import { aJob, TINY_TRAIN } from '../a-job.ts';

const LEAST = 'name: a\nimage: ubuntu\nrun: "true"\n';

/** `line:column sentence` of each fault. */
function faultsOf(text: string): string[] {
  try {
    parseJobFile(text);
  } catch (error) {
    if (!(error instanceof JobFileError)) throw error;
    return error.faults.map(({ line, column, sentence }) => `${line}:${column} ${sentence}`);
  }
  return [];
}

describe('a job file', () => {
  it('becomes a job with its units read', () => {
    expect(aJob()).toMatchObject({
      name: 'tiny-train',
      group: 'tiny-train',
      image: 'pytorch/pytorch:latest',
      workdir: { kind: 'folder', path: './examples/cpu-train' },
      env: { HF_TOKEN: { fromEnv: 'HF_TOKEN' } },
      resources: { gpus: ['RTX 4090', 'RTX 3090'], diskGb: 20, maxPricePerHour: 0.6, rental: 'on-demand' },
      maxDurationMs: 3_600_000,
      budget: 2_000_000,
      retry: {
        no_capacity: { forMs: 1_800_000, times: undefined },
        interruption: { forMs: 21_600_000, times: undefined },
        error: { forMs: undefined, times: 0 },
      },
    });
  });

  it('needs a name, an environment and a command; the rest has defaults', () => {
    const job = parseJobFile(LEAST);
    expect(job).toMatchObject({
      run: 'true',
      setup: undefined,
      env: {},
      resources: { gpus: [], count: 1, diskGb: 20, verification: 'verified', rental: 'on-demand', ports: [] },
      checkpoints: [],
      maxDurationMs: undefined,
      budget: undefined,
      retry: { error: { times: 0 } },
      stopsOnNan: false,
      compresses: true,
    });
    expect(faultsOf('')).toEqual(
      expect.arrayContaining([expect.stringContaining('a job file is empty; it must be a section')]),
    );
  });

  it.each([
    ['max_duration: 90s', 'maxDurationMs', 90_000],
    ['max_duration: 1h 30m', 'maxDurationMs', 5_400_000],
    ['budget: "$12.50"', 'budget', 12_500_000],
    ['budget: 3 USD', 'budget', 3_000_000],
    ['template: 0123456789abcdef0123456789abcdef', 'templateHash', '0123456789abcdef0123456789abcdef'],
    ['template: 12345678901234567890123456789012', 'templateHash', '12345678901234567890123456789012'],
  ])('reads %s', (line, field, value) => {
    const base = line.startsWith('template') ? LEAST.replace('image: ubuntu\n', '') : LEAST;
    expect(parseJobFile(`${base}${line}\n`)).toHaveProperty(field, value);
  });

  it.each([
    ['disk: 500MB', 'diskGb', 0.5],
    ['disk: 1.5TB', 'diskGb', 1_500],
    ['disk: 10 GiB', 'diskGb', 10.73741824],
    ['vram: 24GiB', 'vramGb', 24],
    ['vram: 24GB', 'vramGb', 24],
    ['gpu: rtx_4090', 'gpus', ['RTX 4090']],
    ['gpu: any', 'gpus', []],
    ['gpu: [NEW GPU 9]', 'gpus', ['NEW GPU 9']],
    ['verified: false', 'verification', 'any'],
    ['interruptible: either', 'rental', 'either'],
    ['ports: [8000, 8081/udp]', 'ports', ['8000', '8081/udp']],
  ])('reads resources with %s', (line, field, value) => {
    expect(parseJobFile(`${LEAST}resources: { ${line} }\n`).resources).toHaveProperty(field, value);
  });

  it('keeps the spelling of numbers and flags where a text is meant', () => {
    const job = parseJobFile(
      `${LEAST}env: { LR: 0.60, FAST: true, BIG: 1e5 }\nmatrix: { SEED: [01, 1e-4] }\n`,
    );
    expect(job.env).toEqual({ LR: '0.60', FAST: 'true', BIG: '1e5' });
    expect(job.matrix).toEqual({ SEED: ['01', '1e-4'] });
  });

  it('tells all faults at once, each with line, column and what would do', () => {
    const text = `name: -bad-
image: Ubuntu
rn: echo
setup:
workdir: { git: "https://me:secret@github.com/me/x", commit: main }
env: { 1A: x, WORKSPACE: y }
resources:
  gpu: []
  disk: 20
  relaibility: 0.9
  count: 0
checkpoints: [/etc/passwd, "../x"]
max_duration: 0s
budget: -1
retry: { error: { time: 1 } }
matrix: { LR: [] }
start: { by: "25:00" }
`;
    expect(faultsOf(text)).toEqual([
      '1:1 run is missing; it must be a command, or several lines of them behind a |',
      expect.stringMatching(/^1:7 name is "-bad-"; it must be a name of up to 63/),
      expect.stringMatching(/^2:8 image is "Ubuntu"; .*"Ubuntu" has capital letters/),
      expect.stringMatching(/^3:1 "rn" is not known in a job file; did you mean run\?/),
      '4:7 setup is empty; it must be a command, or several lines of them behind a |',
      expect.stringMatching(/^5:17 workdir.git is .* without a password/),
      expect.stringMatching(/^5:62 workdir.commit is "main"; it must be a whole commit hash/),
      expect.stringMatching(/^6:8 "1A" in env must be the name of an environment variable/),
      '6:15 env.WORKSPACE is set by vastdeck itself; give it another name',
      expect.stringMatching(/^8:8 resources.gpu is \[\]/),
      '9:9 resources.disk is 20; it must be a size with its unit, like 500MB, 20GB or 1.5TB',
      expect.stringMatching(/^10:3 "relaibility" is not known in resources; did you mean reliability\?/),
      expect.stringMatching(/^11:10 resources.count is 0; it must be a whole number of GPUs from 1 to 64/),
      expect.stringMatching(/^12:15 checkpoints\[0\] is "\/etc\/passwd"/),
      expect.stringMatching(/^12:28 checkpoints\[1\] is "..\/x"/),
      expect.stringMatching(/^13:15 max_duration is "0s"; it must be a length of time/),
      expect.stringMatching(/^14:9 budget is -1; it must be an amount of dollars above 0/),
      expect.stringMatching(/^15:19 "time" is not known in retry.error; did you mean times\?/),
      expect.stringMatching(/^16:15 matrix.LR is \[\]/),
      expect.stringMatching(/^17:14 start.by is "25:00"/),
    ]);
  });

  it('tells what does not go together along with all else', () => {
    expect(
      faultsOf(`${LEAST}template: ${'a'.repeat(32)}\nenv: { LR: "1" }\nmatrix: { LR: [1, 1] }\nbudget: x\n`),
    ).toEqual([
      '4:1 template stands beside image; keep one of them: a template brings its own image',
      '6:11 matrix.LR is in env too; keep one of them',
      '6:19 matrix.LR has "1" twice; each value makes one job',
      expect.stringMatching(/^7:9 budget is "x"/),
    ]);
    expect(faultsOf('name: a\nrun: x\n')).toEqual([
      '1:1 image is missing; write image: pytorch/pytorch:latest, or template: HASH',
    ]);
  });

  it.each([
    [1_000, 0],
    [1_001, 1],
  ])('takes a matrix of %d jobs with %d faults', (jobs, count) => {
    const values = Array.from({ length: jobs }, (_, index) => index).join(', ');
    expect(faultsOf(`${LEAST}matrix: { N: [${values}] }\n`)).toHaveLength(count);
  });

  it.each([
    ['name: a\nname: b\nimage: ubuntu\nrun: x\n', /^2:1 this is no YAML: Map keys must be unique/],
    ['name: [a\n', /^2:1 this is no YAML/],
    ['- name\n', /a job file is \["name"\]; it must be a section/],
    [`${LEAST}max_duration: 1- h\n`, /^4:15 max_duration is "1- h"; it must be a length of time/],
    [`${LEAST}budget: .nan\n`, /^4:9 budget is NaN; it must be an amount/],
    [`${LEAST}start: { by: 2026-02-30 }\n`, /^4:14 start.by is "2026-02-30"/],
    [`${LEAST}matrix: { __proto__: [1] }\n`, /^4:11 matrix.__proto__ cannot be kept/],
    [`${LEAST}env: { A: *nobody }\n`, /Unresolved alias|anchors cannot be followed/],
  ])('says what is wrong with %j', (text, sentence) => {
    expect(faultsOf(text)).toEqual(expect.arrayContaining([expect.stringMatching(sentence)]));
  });

  it('is read or told to be wrong whatever is in it', () => {
    const scraps = fc.constantFrom(
      '',
      '{',
      ']',
      ':',
      ' ',
      '\n',
      '- ',
      '"',
      '*a',
      '&a',
      '|',
      '#',
      '~',
      '\t',
      '1e9',
    );
    const edits = fc.array(fc.tuple(fc.nat(TINY_TRAIN.length), scraps), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(edits, (each) => {
        // Anything but a JobFileError is thrown on.
        faultsOf(
          each.reduce((text, [at, scrap]) => text.slice(0, at) + scrap + text.slice(at + 1), TINY_TRAIN),
        );
      }),
      { seed: 3, numRuns: 500 },
    );
  });

  it('takes anchors, and places a fault inside of one', () => {
    const text = `${LEAST}resources: &base { disk: 30GB }\n`;
    expect(parseJobFile(text).resources.diskGb).toBe(30);
    expect(faultsOf(`x: &base { disk: 30 }\n${LEAST}resources: *base\n`)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^\d+:\d+ resources.disk is 30/)]),
    );
  });
});

describe('what a job asks of the market', () => {
  it('is what its resources say, for as long as it may take', () => {
    expect(toNeed(aJob())).toEqual({
      purpose: { kind: 'timed-work', hours: 1 },
      checkpoint: { costS: 0, sizeGb: 0, intervalS: 300 },
      gpus: ['RTX 4090', 'RTX 3090'],
      gpuCount: 1,
      diskGb: 20,
      verification: 'verified',
      rentalTypes: ['on-demand'],
      minReliability: 0.95,
      maxPricePerHour: 0.6,
      image: { compressedGb: 3.5, unpackedGb: 8 },
    });
  });

  it('is the cost of finishing where the size of the work is told', () => {
    const need = toNeed(
      parseJobFile(
        `${LEAST}work: { time: 3h, checkpoint_size: 4GB }\ncheckpoints: [ck]\nresources: { interruptible: either }\n`,
      ),
    );
    expect(need).toMatchObject({
      purpose: { kind: 'work', referenceHours: 3, referenceGpu: 'RTX 4090' },
      rentalTypes: ['on-demand', 'interruptible'],
      checkpoint: { costS: 30, sizeGb: 4 },
    });
    expect(() => rankOffers({ offers: [], need, nowMs: 0 })).not.toThrow();
  });
});

describe('the start of a job that waits', () => {
  const MORNING = Date.parse('2026-11-22T07:59:00Z');
  it.each([
    ['08:00', 0, '2026-11-22T08:00:00Z'],
    ['07:59', 0, '2026-11-22T07:59:00Z'],
    ['07:58', 0, '2026-11-23T07:58:00Z'],
    ['08:00', 60, '2026-11-23T07:00:00Z'],
    ['2026-12-01', 0, '2026-12-01T00:00:00Z'],
    ['2026-12-01 10:00', 0, '2026-12-01T10:00:00Z'],
    ['2026-12-01T10:00:00+02:00', 0, '2026-12-01T08:00:00Z'],
    ['2020-01-01', 0, '2026-11-22T07:59:00Z'],
  ])('by %s on a clock %d minutes ahead of UTC is %s', (by, utcOffsetMinutes, iso) => {
    const { startBy } = parseJobFile(`${LEAST}start: { by: ${by} }\n`);
    expect(startBy && startByMs(startBy, { nowMs: MORNING, utcOffset: () => utcOffsetMinutes })).toBe(
      Date.parse(iso),
    );
  });
});

describe('the start of a job over the night in which clocks are set', () => {
  /** As in Berlin: two hours ahead of UTC in summer. */
  const utcOffset = (atMs: number) =>
    atMs < Date.parse('2026-10-25T01:00Z') || atMs >= Date.parse('2027-03-28T01:00Z') ? 120 : 60;
  it.each([
    ['08:00', '2026-10-24T22:00+02:00', '2026-10-25T08:00+01:00'],
    ['08:00', '2026-10-25T07:59+01:00', '2026-10-25T08:00+01:00'],
    ['01:30', '2026-10-24T23:30+02:00', '2026-10-25T01:30+02:00'],
    // It comes twice.
    ['02:30', '2026-10-24T23:30+02:00', '2026-10-25T02:30+02:00'],
    ['23:00', '2026-10-24T23:30+02:00', '2026-10-25T23:00+01:00'],
    ['08:00', '2027-03-27T22:00+01:00', '2027-03-28T08:00+02:00'],
    ['08:00', '2027-03-28T08:01+02:00', '2027-03-29T08:00+02:00'],
  ])('by %s asked at %s is %s', (by, now, iso) => {
    const { startBy } = parseJobFile(`${LEAST}start: { by: "${by}" }\n`);
    expect(startBy && startByMs(startBy, { nowMs: Date.parse(now), utcOffset })).toBe(Date.parse(iso));
  });

  it('by an hour that is left out begins within the next one', () => {
    const { startBy } = parseJobFile(`${LEAST}start: { by: "02:30" }\n`);
    const atMs = startBy && startByMs(startBy, { nowMs: Date.parse('2027-03-27T23:00Z'), utcOffset });
    expect(new Date(atMs ?? 0).toISOString()).toMatch(/^2027-03-28T0[01]:30/);
  });
});

describe('the JSON Schema for editors', () => {
  const shipped = new URL('../../../../docs/reference/job.schema.json', import.meta.url);

  it('is the one that stands in the documentation', () => {
    expect(JSON.parse(readFileSync(shipped, 'utf8'))).toEqual(jobFileJsonSchema());
  });

  it('knows every key that the reader knows', () => {
    const { properties } = jobFileJsonSchema() as { readonly properties: Readonly<Record<string, unknown>> };
    const [fault = ''] = faultsOf(`${LEAST}zzzzzzzz: 1\n`);
    expect(fault).toContain(`known are ${Object.keys(properties).join(', ')}`);
    expect(TINY_TRAIN).toContain('budget');
  });
});
