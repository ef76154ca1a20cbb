// Query text as the official CLI understands it: what it parses to, what it sends, where a mistake is.

import {
  FILTER_FIELDS,
  formatOfferQuery,
  formatOrder,
  InvalidRequestError,
  makeOfferQuery,
  parseOfferQuery,
  parseOfferType,
  parseOrder,
  QuerySyntaxError,
  toSearchBody,
  VastError,
} from 'vastdeck/vast';
import { describe, expect, it } from 'vitest';

/** Only the filters of the body, without defaults. */
function sent(text: string, gpuNames: readonly string[] = []): Record<string, unknown> {
  const {
    order: _o,
    type: _t,
    allocated_storage: _s,
    ...filters
  } = toSearchBody(parseOfferQuery(text, { defaults: 'none', gpuNames }));
  return filters;
}

describe('the search body', () => {
  // Recorded from the official CLI at commit 5567983 (2026-08-06) against a stub, with its texts as numbers.
  const defaults = { verified: { eq: true }, external: { eq: false }, rentable: { eq: true } };
  const rest = { order: [['score', 'desc']], type: 'on-demand', allocated_storage: 5 };
  it.each([
    ['', {}, { ...defaults, ...rest }],
    [
      'gpu_name=RTX_4090 num_gpus=1 verified=true',
      {},
      { ...defaults, gpu_name: { eq: 'RTX 4090' }, num_gpus: { eq: 1 }, ...rest },
    ],
    ['', { type: parseOfferType('interruptible') }, { ...defaults, ...rest, type: 'bid' }],
    ['', { type: parseOfferType('reserved') }, { ...defaults, ...rest, type: 'reserved' }],
    [
      '',
      { order: 'dph,num_gpus-', limit: 3, storageGb: 50 },
      {
        ...defaults,
        order: [
          ['dph_total', 'asc'],
          ['num_gpus', 'desc'],
        ],
        type: 'on-demand',
        limit: 3,
        allocated_storage: 50,
      },
    ],
    [
      'gpu_ram>=24 duration>3 driver_version>=535.86.05 cuda_vers>=12.1 geolocation in [SE,US] reliability>0.99',
      { defaults: 'none' as const },
      {
        gpu_ram: { gte: 24_000 },
        duration: { gt: 259_200 },
        driver_version: { gte: 535_086_005 },
        cuda_max_good: { gte: 12.1 },
        geolocation: { in: ['SE', 'US'] },
        reliability: { gt: 0.99 },
        ...rest,
      },
    ],
    ['verified=any rentable=any external=any', {}, rest],
    ['', { bundling: 'unbundled' as const }, { ...defaults, ...rest, disable_bundling: true }],
  ])('of "%s" is what the official CLI sends', (text, options, body) => {
    expect(toSearchBody(parseOfferQuery(text, options))).toEqual(body);
  });

  it.each([
    ['verified=false', { external: { eq: false }, rentable: { eq: true }, verified: { eq: false } }],
    ['verified!=true', { external: { eq: false }, rentable: { eq: true }, verified: { neq: true } }],
    ['rentable=*', { verified: { eq: true }, external: { eq: false } }],
    ['rentable=?', { verified: { eq: true }, external: { eq: false } }],
    ['verified=any verified=true', { ...defaults }],
  ])('of "%s" has the filter in place of the default', (text, filters) => {
    expect(toSearchBody(parseOfferQuery(text))).toEqual({ ...filters, ...rest });
  });

  it.each([
    ['num_gpus>=2 num_gpus<=4', { num_gpus: { gte: 2, lte: 4 } }],
    ['num_gpus>=2 num_gpus>=4', { num_gpus: { gte: 4 } }],
    ['num_gpus>4 num_gpus>2', { num_gpus: { gt: 4 } }],
    ['dph<=0.5 dph<=1', { dph_total: { lte: 0.5 } }],
    ['dph<1 dph<0.5', { dph_total: { lt: 0.5 } }],
    ['num_gpus in [1,2,4] num_gpus in [2,4,8]', { num_gpus: { in: [2, 4] } }],
    ['geolocation!=CN geolocation!=RU', { geolocation: { notin: ['CN', 'RU'] } }],
    ['geolocation notin [CN] geolocation notin [RU]', { geolocation: { notin: ['CN', 'RU'] } }],
    ['ubuntu_version>=20.04 ubuntu_version>=22.04', { ubuntu_version: { gte: '22.04' } }],
    ['num_gpus=2 num_gpus=2', { num_gpus: { eq: 2 } }],
  ])('of "%s" holds all conditions together', (text, filters) => {
    expect(sent(text)).toEqual(filters);
  });

  it('refuses filters that exclude each other instead of sending one of them', () => {
    const twice = makeOfferQuery({
      filters: [
        { field: 'gpu_name', op: 'eq', value: 'RTX 4090' },
        { field: 'gpu_name', op: 'eq', value: 'RTX 3090' },
      ],
    });
    expect(() => toSearchBody(twice)).toThrow(InvalidRequestError);
    expect(() => sent('num_gpus in [1] num_gpus in [2]')).toThrow(/num_gpus is asked to be 1 and 2 at once/);
  });
});

describe('operators', () => {
  it.each([
    ['num_gpus=2', { eq: 2 }],
    ['num_gpus==2', { eq: 2 }],
    ['num_gpus eq 2', { eq: 2 }],
    ['num_gpus!=2', { neq: 2 }],
    ['num_gpus neq 2', { neq: 2 }],
    ['num_gpus noteq 2', { neq: 2 }],
    ['num_gpus not eq 2', { neq: 2 }],
    ['num_gpus>2', { gt: 2 }],
    ['num_gpus gt 2', { gt: 2 }],
    ['num_gpus >= 2', { gte: 2 }],
    ['num_gpus gte 2', { gte: 2 }],
    ['num_gpus<2', { lt: 2 }],
    ['num_gpus lt 2', { lt: 2 }],
    ['num_gpus <=2', { lte: 2 }],
    ['num_gpus lte 2', { lte: 2 }],
    ['num_gpus in [1,2]', { in: [1, 2] }],
    ['num_gpus in 1,2', { in: [1, 2] }],
    ['num_gpus in[1,2]', { in: [1, 2] }],
    ['num_gpus notin [1, 2]', { notin: [1, 2] }],
    ['num_gpus nin [1,2,]', { notin: [1, 2] }],
    ['num_gpus not in [ 1 , 2 ]', { notin: [1, 2] }],
    ['num_gpus NOT IN [1]', { notin: [1] }],
    ['num_gpus=[2]', { eq: 2 }],
  ])('%s', (text, condition) => {
    expect(sent(text)).toEqual({ num_gpus: condition });
  });
});

describe('values', () => {
  it.each([
    ['dph<=1.5', { dph_total: { lte: 1.5 } }],
    ['dlperf_usd>1e2', { dlperf_per_dphtotal: { gt: 100 } }],
    ['flops_usd>.5', { flops_per_dphtotal: { gt: 0.5 } }],
    ['display_active=false', { gpu_display_active: { eq: false } }],
    ['reliability2>0.9', { reliability: { gt: 0.9 } }],
    ['GPU_RAM>=24', { gpu_ram: { gte: 24_000 } }],
    ['cpu_ram>=64 gpu_total_ram>80', { cpu_ram: { gte: 64_000 }, gpu_total_ram: { gt: 80_000 } }],
    ['gpu_ram in [24,80]', { gpu_ram: { in: [24_000, 80_000] } }],
    ['gpu_ram<1e15', { gpu_ram: { lt: 1e18 } }],
    ['duration>=0.5', { duration: { gte: 43_200 } }],
    ['verified=True datacenter=False', { verified: { eq: true }, datacenter: { eq: false } }],
    ['has_avx=true', { has_avx: { eq: 1 } }],
    ['cluster_id=None external=null', { cluster_id: { eq: null }, external: { eq: null } }],
    ['driver_version>=550', { driver_version: { gte: 550_000_000 } }],
    ['driver_version>=535086005', { driver_version: { gte: 535_086_005 } }],
    ['verification in [verified,Deverified]', { verification: { in: ['verified', 'deverified'] } }],
    ['cpu_arch=arm64', { cpu_arch: { eq: 'arm64' } }],
    ['mobo_name=H12_SSL', { mobo_name: { eq: 'H12 SSL' } }],
    ['mobo_name="H12_SSL"', { mobo_name: { eq: 'H12_SSL' } }],
    ["mobo_name='a \\' b'", { mobo_name: { eq: "a ' b" } }],
    ['mobo_name="any"', { mobo_name: { eq: 'any' } }],
    ['gpu_name="RTX 4090"', { gpu_name: { eq: 'RTX 4090' } }],
    [
      'gpu_name in [RTX_4090, "RTX 3090", rtx-5090, RTX4080]',
      { gpu_name: { in: ['RTX 4090', 'RTX 3090', 'RTX 5090', 'RTX 4080'] } },
    ],
    ['gpu_name in [RTX 4090,RTX 3090]', { gpu_name: { in: ['RTX 4090', 'RTX 3090'] } }],
    ['gpu_name="RTX 9090 Ti"', { gpu_name: { eq: 'RTX 9090 Ti' } }],
    ['num_gpus=1, gpu_ram>=24', { num_gpus: { eq: 1 }, gpu_ram: { gte: 24_000 } }],
    ['\tnum_gpus=1\n', { num_gpus: { eq: 1 } }],
  ])('%s', (text, filters) => {
    expect(sent(text)).toEqual(filters);
  });

  it('knows a GPU that the service has named', () => {
    expect(sent('gpu_name=rtx-6090', ['RTX 6090'])).toEqual({ gpu_name: { eq: 'RTX 6090' } });
    expect(() => sent('gpu_name=rtx-6090')).toThrow(QuerySyntaxError);
  });

  it('after any of the same field counts, and any after values takes them away', () => {
    expect(parseOfferQuery('verified=any verified=false')).toMatchObject({
      cleared: [],
      filters: [{ field: 'verified', op: 'eq', value: false }],
    });
    expect(parseOfferQuery('num_gpus>2 num_gpus<8 num_gpus=any')).toMatchObject({
      cleared: ['num_gpus'],
      filters: [],
    });
  });

  it('takes any word, also of one letter, for each field that can be searched', () => {
    for (const field of FILTER_FIELDS) {
      expect(parseOfferQuery(`${field}=any`).cleared).toEqual([field]);
      expect(formatOfferQuery(parseOfferQuery(`${field}=None`))).toBe(`${field}=None`);
    }
    expect(FILTER_FIELDS.length).toBeGreaterThan(60);
  });
});

describe('regions', () => {
  const eu = 'AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK'.split(' ');
  it('are sent as their countries, each once', () => {
    expect(sent('geolocation=EU')).toEqual({ geolocation: { in: eu } });
    expect(sent('geolocation in [US, eu, SE]')).toEqual({ geolocation: { in: ['US', ...eu] } });
    expect(sent('geolocation!=EU')).toEqual({ geolocation: { notin: eu } });
    expect((sent('geolocation=North_America') as { geolocation: { in: string[] } }).geolocation.in).toContain(
      'US',
    );
    // As the official CLI's `launch instance -r Oceania` sends them (recorded), in another order.
    expect((sent('geolocation=Oceania') as { geolocation: { in: string[] } }).geolocation.in).toEqual(
      'AS AU CK FJ FM GU KI MH MP NC NR NU NZ PF PG PN PW SB TK TO TV VU WF WS'.split(' '),
    );
  });

  it('stay one word in the text', () => {
    expect(formatOfferQuery(parseOfferQuery('geolocation in [us,north-america]'))).toBe(
      'geolocation in [US,North_America]',
    );
  });

  it('and countries by other codes are understood', () => {
    expect(sent('geolocation in [UK,se]')).toEqual({ geolocation: { in: ['GB', 'SE'] } });
  });
});

describe('a mistake', () => {
  it.each([
    ['gpu_nme=RTX_4090', 1, /there is no field "gpu_nme"; did you mean gpu_name\?/, 'gpu_name'],
    ['num_gpus>=2 gpu_rm>=24', 13, /no field "gpu_rm"; did you mean gpu_ram\?/, 'gpu_ram'],
    ['zzzzzzzzzz=1', 1, /no field "zzzzzzzzzz"; fields are/, undefined],
    ['constructor=1', 1, /no field "constructor"/, undefined],
    ['num_gpus=>2', 9, /"=>" is not an operator/, undefined],
    ['num_gpus~2', 9, /"~" is not an operator/, undefined],
    ['num_gpus 2', 10, /expected an operator after num_gpus/, undefined],
    ['num_gpus', 9, /expected an operator after num_gpus/, undefined],
    ['num_gpus inside [1]', 10, /expected an operator after num_gpus/, undefined],
    ['num_gpus>=', 11, /a value is missing after num_gpus/, undefined],
    ['num_gpus>=  ', 13, /a value is missing after num_gpus/, undefined],
    ['num_gpus in ,', 13, /a value is missing after num_gpus/, undefined],
    ['num_gpus=,', 10, /a value is missing after num_gpus/, undefined],
    ['num_gpus=two', 10, /num_gpus takes a number, not "two"/, undefined],
    ['num_gpus=""', 10, /num_gpus takes a number, not ""/, undefined],
    ['num_gpus=0x10', 10, /takes a number/, undefined],
    ['num_gpus=1e999', 10, /takes a number/, undefined],
    ['gpu_ram=1.1e15', 9, /takes a number/, undefined],
    ['num_gpus in [1,two]', 16, /takes a number, not "two"/, undefined],
    ['num_gpus in 1,two', 15, /takes a number, not "two"/, undefined],
    ['geolocation in [US,CA', 16, /the list opened here is never closed/, undefined],
    ['geolocation in []', 16, /the list is empty/, undefined],
    ['geolocation=[US,CA]', 12, /a list goes with in or notin/, undefined],
    ['geolocation=Europ', 13, /did you mean Europe\?/, 'Europe'],
    ['geolocation>US', 12, /cannot be compared in this way/, undefined],
    ['mobo_name="H12', 11, /the quote opened here is never closed/, undefined],
    ['mobo_name=""', 11, /takes a word, not an empty text/, undefined],
    ['verified=maybe', 10, /verified is true, false or any, not "maybe"/, undefined],
    ['verified in [true]', 10, /cannot be compared in this way/, undefined],
    ['verified>true', 9, /cannot be compared/, undefined],
    ['verification=verifed', 14, /is one of verified, unverified, deverified/, 'verified'],
    ['driver_version>=new', 17, /written like 535.86.05/, undefined],
    ['verified!=any', 9, /"any" goes with = only/, undefined],
    ['cluster_id>None', 12, /None goes with = or != only/, undefined],
    ['num_gpus=1 num_gpus=2', 12, /already asked to be 1/, undefined],
    ['gpu_name=RTX_490', 10, /no GPU is called "RTX_490"; did you mean RTX_4090\?/, 'RTX_4090'],
    ['gpu_name=RTX 4090', 10, /a name with spaces needs quotes; write RTX_4090 or "RTX 4090"/, 'RTX_4090'],
    ['gpu_name=RTX 4070 Ti num_gpus=1', 10, /write RTX_4070_Ti or/, 'RTX_4070_Ti'],
    ['gpu_name=RTX num_gpus=1', 10, /no GPU is called "RTX"/, undefined],
    ['gpu_name=RTX_4090 4080', 19, /expected the name of a field here, not "4080"; put quotes/, undefined],
    ['gpu_nme=A10 num_gpus~2', 1, /no field "gpu_nme"/, undefined],
    [
      'gpu_name=H200 NVL num_gpus=1',
      15,
      /"NVL" is neither a field nor part of the value before it/,
      undefined,
    ],
    ['num_gpus=1 && verified=true', 12, /expected the name of a field here, not "&&"/, undefined],
  ])('in "%s" is shown at column %i', (text, column, problem, suggestion) => {
    let mistake: QuerySyntaxError | undefined;
    try {
      parseOfferQuery(text);
    } catch (error) {
      mistake = error as QuerySyntaxError;
    }
    expect(mistake).toBeInstanceOf(QuerySyntaxError);
    expect(mistake).toBeInstanceOf(VastError);
    expect(mistake?.problem).toMatch(problem);
    expect(mistake?.column).toBe(column);
    if (suggestion !== undefined) expect(mistake?.suggestion).toBe(suggestion);
  });

  it('is printed with a caret under it', () => {
    const error = new QuerySyntaxError({
      text: 'num_gpus>=2\tgpu_rm>=24',
      column: 13,
      problem: 'there is no field',
    });
    expect(error.format()).toBe('num_gpus>=2 gpu_rm>=24\n            ^\nthere is no field');
    expect(error.message).toBe('there is no field (column 13 of "num_gpus>=2\tgpu_rm>=24")');
  });
});

describe('the type of offer', () => {
  it.each([
    ['on-demand', 'on-demand'],
    ['ondemand', 'on-demand'],
    ['On_Demand', 'on-demand'],
    ['bid', 'interruptible'],
    ['interruptible', 'interruptible'],
    ['reserved', 'reserved'],
  ])('%s is %s', (text, type) => {
    expect(parseOfferType(text)).toBe(type);
  });

  it('that does not exist is a mistake with a guess', () => {
    expect(() => parseOfferType('reservd')).toThrow(expect.objectContaining({ suggestion: 'reserved' }));
  });
});

describe('the order', () => {
  it.each([
    ['dph', [['dph_total', 'asc']]],
    ['dph-', [['dph_total', 'desc']]],
    ['dph+', [['dph_total', 'asc']]],
    ['-dph', [['dph_total', 'desc']]],
    ['score-', [['score', 'desc']]],
    ['dph_total asc', [['dph_total', 'asc']]],
    ['DPH Desc', [['dph_total', 'desc']]],
    [
      ' dph , num_gpus- ',
      [
        ['dph_total', 'asc'],
        ['num_gpus', 'desc'],
      ],
    ],
    ['', []],
  ])('%s', (text, keys) => {
    expect(parseOrder(text).map(({ field, direction }) => [field, direction])).toEqual(keys);
    expect(parseOrder(formatOrder(parseOrder(text)))).toEqual(parseOrder(text));
  });

  it.each([
    ['dph,prize', 5, /no field "prize"/],
    ['dph, -prize', 7, /no field "prize"/],
    ['-dph-', 1, /names its direction twice/],
    ['dph down', 1, /"dph down" is not an order/],
  ])('%s is a mistake at column %i', (text, column, problem) => {
    expect(() => parseOrder(text)).toThrow(
      expect.objectContaining({ column, problem: expect.stringMatching(problem) }),
    );
  });
});
