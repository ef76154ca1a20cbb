// Goal: one line says how far a transfer is, whatever it is measured by.
import { expect, it } from 'vitest';
import { transferBar } from '../../../../src/front/cli/output/transfer-bar.ts';

it.each([
  [
    'at its beginning',
    { bytes: 0, totalBytes: 2e6, files: 0, totalFiles: 4, etaMs: null },
    '░░░░░░░░░░░░░░░░░░░░   0 %  0 B of 2.00 MB, 0 of 4 files',
  ],
  [
    'under way',
    { bytes: 1e6, totalBytes: 2e6, files: 3, totalFiles: 4, etaMs: 7_400 },
    '██████████░░░░░░░░░░  50 %  1.00 MB of 2.00 MB, 3 of 4 files, 8s left',
  ],
  [
    'never full before its end',
    { bytes: 1_999_999, totalBytes: 2e6, files: 4, totalFiles: 4, etaMs: 1 },
    '███████████████████░  99 %  2.00 MB of 2.00 MB, 4 of 4 files, 1s left',
  ],
  [
    'at its end',
    { bytes: 2e6, totalBytes: 2e6, files: 4, totalFiles: 4, etaMs: 0 },
    '████████████████████ 100 %  2.00 MB of 2.00 MB, 4 of 4 files',
  ],
  [
    'of empty files',
    { bytes: 0, totalBytes: 0, files: 1, totalFiles: 4, etaMs: null },
    '█████░░░░░░░░░░░░░░░  25 %  0 B of 0 B, 1 of 4 files',
  ],
  [
    'of nothing',
    { bytes: 0, totalBytes: 0, files: 0, totalFiles: 0, etaMs: null },
    '████████████████████ 100 %  0 B of 0 B, 0 of 0 files',
  ],
])('%s', (_, progress, line) => {
  expect(transferBar(progress)).toBe(line);
});
