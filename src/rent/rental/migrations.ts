// The tables of all of this folder's rooms.
import type { StoreMigration } from '../../base/store/index.ts';
import { accountMigrations } from './account/index.ts';
import { bootMigrations } from './booting/index.ts';
import { endingMigrations } from './ending/index.ts';
import { memoryMigrations } from './memory/index.ts';
import { rentalMigrations } from './records/index.ts';

export const rentMigrations: readonly StoreMigration[] = [
  ...rentalMigrations,
  ...bootMigrations,
  ...endingMigrations,
  ...accountMigrations,
  ...memoryMigrations,
];
