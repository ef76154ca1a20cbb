// How much of the host's disk a folder takes.
import { execFile } from 'node:child_process';

/** In bytes of whole blocks. Files that vanish meanwhile are not counted; rejects when there is no `du`. */
export async function diskUsageBytes(folder: string): Promise<number> {
  return await new Promise((resolve, reject) => {
    execFile('du', ['-s', '-k', '--', folder], (error, stdout) => {
      const kilobytes = Number.parseInt(stdout, 10);
      if (Number.isNaN(kilobytes)) reject(error ?? new Error(`du said nothing of ${folder}`));
      else resolve(kilobytes * 1024);
    });
  });
}
