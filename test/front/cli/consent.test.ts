// The question before something spends or destroys: what counts as a yes, and what happens where nobody answers.
import { Readable, Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { askConsent } from '../../../src/front/cli/consent.ts';
import type { Context } from '../../../src/front/cli/context.ts';
import type { Flags } from '../../../src/front/cli/flags.ts';

async function asked(typed: string, flags: Flags = {}, plan: { readonly typed?: string } = {}) {
  let err = '';
  let code: number | undefined;
  const take = (text: string) => {
    err += text;
  };
  const context = {
    terminal: {
      inIsTerminal: true,
      stdin: Readable.from([typed]),
      stderr: new Writable({
        write(chunk, _encoding, done) {
          take(String(chunk));
          done();
        },
      }),
      err: take,
    },
    endWith: (ending: number) => {
      code = ending;
    },
  } as unknown as Context;
  const isGiven = await askConsent(context, flags, { plan: 'Ends it\nand them \u001b[2J.', ...plan });
  return { isGiven, code, err };
}

describe('A plan', () => {
  it.each(['y\n', 'Y\n', ' yes \n'])('is gone on with after %j', async (typed) => {
    expect(await asked(typed)).toMatchObject({ isGiven: true, code: undefined });
  });

  it.each(['\n', 'n\n', 'yess\n', ''])('is dropped after %j, with code 1', async (typed) => {
    const { isGiven, code, err } = await asked(typed);
    expect({ isGiven, code }).toEqual({ isGiven: false, code: 1 });
    expect(err).toMatch(/Go on\? \[y\/N\] [\s\S]*Nothing was done\.\n$/);
  });

  it('that names what has to be typed takes nothing else for a yes', async () => {
    expect(await asked('y\n', {}, { typed: '20000001' })).toMatchObject({ isGiven: false, code: 1 });
    expect(await asked('20000001\n', {}, { typed: '20000001' })).toMatchObject({ isGiven: true });
  });

  it('is not asked about with --yes, nor gone on with after --dry-run, which goes first', async () => {
    expect(await asked('n\n', { yes: true })).toMatchObject({ isGiven: true });
    const dry = await asked('y\n', { yes: true, dryRun: true });
    expect(dry).toMatchObject({ isGiven: false, code: undefined });
    expect(dry.err).toContain('Nothing was done: this is a dry run.');
  });

  it('cannot move the cursor, whatever a label in it holds, and keeps its lines', async () => {
    const { err } = await asked('y\n');
    expect(err).toContain('Ends it\nand them �[2J.\nGo on?');
  });
});
