// Where the parts of one run find each other's stores.
import { join } from 'node:path';

export function storeDir(folder: string, which: 'month' | 'year'): string {
  return join(folder, `${which}.market`);
}
