import { describe, expect, it } from 'vitest';
import { placeError } from '../../../src/watch/exchange/import-place.ts';
import { ImportSourceError } from '../../../src/watch/exchange/index.ts';

const system = (code: string, message: string) => Object.assign(new Error(message), { code });
const source = (cause: Error) => new ImportSourceError('a.csv', 'a.csv cannot be read', { cause });

describe('a failed import', () => {
  // How the system, DuckDB and its spilling word a full and a read-only file system.
  it.each([
    ['StoreFullError', system('ENOSPC', 'ENOSPC: no space left on device, write')],
    [
      'StoreFullError',
      source(new Error('IO Error: Could not write file "rows.parquet.partial": No space left on device')),
    ],
    [
      'StoreFullError',
      new Error('Out of Memory Error: failed to offload data block of size 256.0 KiB\nmore'),
    ],
    ['StoreNotWritableError', system('EROFS', 'EROFS: read-only file system, mkdir')],
    ['ImportSourceError', source(system('EACCES', 'EACCES: permission denied, open'))],
    ['Error', new Error('something else')],
  ])('is a %s when it was %s', (name, error) => {
    expect(placeError('a.market', error)).toHaveProperty('name', name);
  });
});
