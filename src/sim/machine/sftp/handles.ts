// Files and folders that a client of SFTP has open.
import { closeSync } from 'node:fs';
import type { Disk } from '../disk/disk.ts';

export type OpenThing =
  | { readonly kind: 'file'; readonly fd: number; readonly disk: Disk }
  | { readonly kind: 'folder'; readonly real: string; names: string[] };

/** sshd itself is stopped by the limit of open files; this one keeps a client from taking those of all machines. */
export const HANDLES_MAX = 256;

export class Handles {
  readonly #open = new Map<string, OpenThing>();
  #next = 0;

  /** The name of the handle, or undefined when too many are open. */
  add(thing: OpenThing): string | undefined {
    if (this.#open.size >= HANDLES_MAX) return undefined;
    this.#next += 1;
    const name = String(this.#next);
    this.#open.set(name, thing);
    return name;
  }

  file(name: string): { readonly fd: number; readonly disk: Disk } | undefined {
    const thing = this.#open.get(name);
    return thing?.kind === 'file' ? thing : undefined;
  }

  folder(name: string): { readonly real: string; names: string[] } | undefined {
    const thing = this.#open.get(name);
    return thing?.kind === 'folder' ? thing : undefined;
  }

  /** False when there is no such handle. */
  close(name: string): boolean {
    const thing = this.#open.get(name);
    this.#open.delete(name);
    if (thing?.kind === 'file') closeSync(thing.fd);
    return thing !== undefined;
  }

  closeAll(): void {
    for (const name of this.#open.keys()) this.close(name);
  }
}
