import { describe, expect, it } from 'vitest';
import { readTopFlags } from '../../../src/front/cli/commands/top-flags.ts';

const screen = { outIsTerminal: true };

describe('the flags of top', () => {
  it('show the whole account on a screen every 10 s where none is given', () => {
    expect(readTopFlags({}, screen)).toMatchObject({
      instances: [],
      group: undefined,
      intervalMs: 10_000,
      entering: 'ssh',
      acting: 'allowed',
      source: 'account',
      form: 'screen',
    });
  });

  it('name runs, a group, an interval and what must not be done', () => {
    const flags = {
      instances: '1, box-2',
      group: 'vision',
      interval: '5',
      ssh: false,
      readOnly: true,
      mock: true,
    };
    expect(readTopFlags(flags, screen)).toMatchObject({
      instances: ['1', 'box-2'],
      group: 'vision',
      intervalMs: 5_000,
      entering: 'none',
      acting: 'read-only',
      source: 'sample',
    });
  });

  it.each([
    [{}, { outIsTerminal: false }, 'plain'],
    [{ plain: true }, screen, 'plain'],
    [{ once: true }, screen, 'once'],
    [{ once: true, json: true }, { outIsTerminal: false }, 'json'],
  ])('%o on %o are shown as %s', (flags, terminal, form) => {
    expect(readTopFlags(flags, terminal).form).toBe(form);
  });

  it.each([
    [{ interval: '0.5' }, '--interval "0.5"'],
    [{ interval: '3601' }, '--interval "3601"'],
    [{ all: true, instances: '1' }, '--all and --instances'],
    [{ json: true }, 'vastdeck top --once --json'],
    [{ zone: 'Nowhere/Land' }, '--zone "Nowhere/Land" is no time zone'],
  ])('%o are refused with what to write instead', (flags, sentence) => {
    expect(() => readTopFlags(flags, screen)).toThrow(sentence);
  });

  it('take an interval of a second and of an hour', () => {
    expect(readTopFlags({ interval: '1' }, screen).intervalMs).toBe(1_000);
    expect(readTopFlags({ interval: '3600' }, screen).intervalMs).toBe(3_600_000);
  });
});
