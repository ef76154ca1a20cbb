// What a program of the target says when it fails, as one of our errors.
import { DiskFullError, RemoteFileError } from '../../../net/ssh/index.ts';

/** A thousand files that find no room say so a thousand times. */
const SAID_CHARS = 200;

/** `what` ends the sentence "PATH could not be …". A full disk is a DiskFullError, whichever program has met it. */
export function farFault(path: string, what: string, stderr: string): RemoteFileError {
  const said = stderr.trim();
  if (/no space left|quota exceeded/i.test(said))
    return new DiskFullError(`${path} could not be ${what}: the disk of the machine is full`, path);
  const [first = ''] = said.split('\n');
  const why = first === '' ? 'its command failed without a word' : first.slice(0, SAID_CHARS);
  return new RemoteFileError(`${path} could not be ${what}: ${why}`, path);
}
