import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeWhole } from '../../../src/watch/exchange/export/output-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vastdeck-output-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: string) => join(folder, name);
const put = (content: string) => async (partial: string) => writeFileSync(partial, content);

describe('an output file', () => {
  it('has its name only when it is whole', async () => {
    const seen: string[][] = [];
    const size = await writeWhole({ out: at('a'), overwrite: false }, async (partial) => {
      writeFileSync(partial, 'whole');
      seen.push(readdirSync(folder));
    });
    expect(seen[0]).not.toContain('a');
    expect(size).toBe(5);
    expect(readdirSync(folder)).toEqual(['a']);
  });

  it('is refused where a file stands, and replaces it when told to', async () => {
    writeFileSync(at('a'), 'old');
    await expect(writeWhole({ out: at('a'), overwrite: false }, put('new'))).rejects.toThrow(
      /a exists already; give another name, or --overwrite/,
    );
    expect(readFileSync(at('a'), 'utf8')).toBe('old');
    await writeWhole({ out: at('a'), overwrite: true }, put('new'));
    expect(readFileSync(at('a'), 'utf8')).toBe('new');
  });

  it('does not replace a file that somebody else put there meanwhile', async () => {
    const writing = writeWhole({ out: at('a'), overwrite: false }, async (partial) => {
      writeFileSync(partial, 'mine');
      writeFileSync(at('a'), 'theirs');
    });
    await expect(writing).rejects.toThrow(/exists already/);
    expect(readFileSync(at('a'), 'utf8')).toBe('theirs');
    expect(readdirSync(folder)).toEqual(['a']);
  });

  it('leaves nothing behind, and the old file alone, when the disk is full', async () => {
    writeFileSync(at('a'), 'old');
    const writing = writeWhole({ out: at('a'), overwrite: true }, async (partial) => {
      writeFileSync(partial, 'ha');
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    });
    await expect(writing).rejects.toThrow(/The disk of .*a is full; nothing was left there/);
    expect(readFileSync(at('a'), 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual(['a']);
  });

  it('removes what a killed export of the same file left, and not what a running one is writing', async () => {
    // No process has this number: Linux gives out 22 bits at most.
    writeFileSync(at('.a.partial-999999999'), 'half');
    mkdirSync(at('.a.partial-999999999.parts'));
    writeFileSync(at(`.a.partial-${process.ppid}`), 'somebody else');
    await writeWhole({ out: at('a'), overwrite: false }, put('new'));
    expect(readdirSync(folder).sort()).toEqual([`.a.partial-${process.ppid}`, 'a']);
  });

  it('says so when the place is no place', async () => {
    await expect(writeWhole({ out: at('no/a'), overwrite: false }, put('x'))).rejects.toThrow(
      /The folder .*no does not exist; make it/,
    );
    await expect(writeWhole({ out: folder, overwrite: true }, put('x'))).rejects.toThrow(/is a folder/);
  });
});
