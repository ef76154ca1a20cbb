// How much of the host's disk a folder takes.
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

/** In bytes of whole blocks. Files that vanish meanwhile are not counted; rejects when there is no `du`. */
export async function diskUsageBytes(folder: string): Promise<number> {
  const du = spawn('du', ['-s', '-k', '--', folder], { stdio: ['ignore', 'pipe', 'ignore'] });
  const missing = new Promise<never>((_resolve, reject) => du.once('error', reject));
  const kilobytes = Number.parseInt(await Promise.race([text(du.stdout), missing]), 10);
  if (Number.isNaN(kilobytes)) throw new Error(`The disk usage of ${folder} is not known: du said nothing`);
  return kilobytes * 1024;
}
