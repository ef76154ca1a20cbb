// Vast.ai's `execute`: `ls`, `rm` or `du` on an instance's disk, also when it stands still. The words are read here,
// never by a shell, and every path is made one of the disk, so that nothing outside can be listed or removed.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { matchesGlob } from 'node:path';
import {
  bytesOf,
  type ConfinedPath,
  type Confinement,
  confinePath,
  isMountPoint,
} from './sftp/confined-path.ts';
import { confinementOf, type SftpDisk } from './sftp/sftp-disk.ts';

export const COMMAND_CHARACTERS_MAX = 512;

/** Of each command, the one-letter options that neither follow links nor read other files. */
const COMMANDS: Readonly<Record<string, RegExp>> = {
  ls: /^-[1aAhlrRStdFiSgo]+$/,
  rm: /^-[rRfdv]+$/,
  du: /^-([ahcsSbkmx0]+|d\d+|-max-depth=\d+)$/,
};

/** What is printed beyond this is cut off: the answer becomes a file on Vast.ai's side too. */
const OUTPUT_CHARACTERS_MAX = 256 * 1024;

export class DiskCommandError extends Error {
  override name = 'DiskCommandError';
}

export async function runDiskCommand(command: string, disk: SftpDisk): Promise<string> {
  if (command.length > COMMAND_CHARACTERS_MAX) {
    throw new DiskCommandError(
      `The command has ${command.length} characters; at most ${COMMAND_CHARACTERS_MAX} are taken`,
    );
  }
  const [program = '', ...words] = splitWords(command);
  const allowed = Object.hasOwn(COMMANDS, program) ? COMMANDS[program] : undefined;
  if (!allowed) throw new DiskCommandError(`The command "${program}" is not one of ls, rm and du`);
  const options: string[] = [];
  const operands: string[] = [];
  let hasOptions = true;
  for (const word of words) {
    if (hasOptions && word === '--') hasOptions = false;
    else if (!hasOptions || !word.startsWith('-') || word === '-') operands.push(word);
    else if (allowed.test(word)) options.push(word);
    else throw new DiskCommandError(`The option "${word}" of ${program} is not taken here`);
  }
  if (operands.length === 0 && program !== 'rm') operands.push('.');
  const confinement = confinementOf({ ...disk, alias: undefined });
  const asShown = showing(disk);
  const complaints: string[] = [];
  const paths = operands.flatMap((operand) => {
    try {
      const found = expandGlob(operand, confinement);
      return program === 'ls' && !showsLinks(options)
        ? found.map(({ shown }) => confinePath(shown, confinement, 'follow'))
        : found;
    } catch (error) {
      complaints.push(`${program}: ${asShown((error as Error).message)}\n`);
      return [];
    }
  });
  if (program === 'rm' && paths.some(({ shown }) => shown === '/' || isMountPoint(shown, confinement))) {
    throw new DiskCommandError('A whole disk is not removed by a command; destroy or recycle the instance');
  }
  const output =
    paths.length > 0
      ? await run(
          program,
          options,
          paths.map(({ real }) => real),
        )
      : '';
  return (complaints.join('') + asShown(output)).slice(0, OUTPUT_CHARACTERS_MAX);
}

/** Words as a shell splits them, with quotes and backslashes, and nothing else of a shell. */
function splitWords(command: string): readonly string[] {
  const words: string[] = [];
  for (const [word] of command.matchAll(/(?:[^\s'"\\]|\\.|'[^']*'|"(?:[^"\\]|\\.)*")+/gs)) {
    words.push(
      word.replaceAll(/\\(.)|'([^']*)'|"((?:[^"\\]|\\.)*)"/gs, (_all, escaped, single, double) =>
        String(escaped ?? single ?? String(double).replaceAll(/\\(["\\$`])/g, '$1')),
      ),
    );
  }
  return words;
}

/** Puts the paths that the machine knows in place of the host's. */
function showing({ disk, mounts }: SftpDisk): (text: string) => string {
  return (text) =>
    mounts.reduce((said, mount) => said.replaceAll(mount.disk.dir, mount.at), text).replaceAll(disk.dir, '');
}

/** What a word names: itself, or what its pattern finds; only the last name may hold a pattern. */
function expandGlob(word: string, confinement: Confinement): readonly ConfinedPath[] {
  const latin1 = Buffer.from(word).toString('latin1');
  const slash = latin1.lastIndexOf('/');
  const pattern = latin1.slice(slash + 1);
  if (!/[*?[]/.test(pattern)) {
    // Like the kernel's own: a link is removed or listed itself, and followed when a slash comes after it.
    return [confinePath(latin1, confinement, 'keep')];
  }
  const folder = confinePath(slash < 0 ? '.' : latin1.slice(0, slash + 1), confinement, 'follow');
  const at = bytesOf(folder.real);
  const names = existsSync(at) ? readdirSync(at, { encoding: 'latin1' }) : [];
  const found = names.filter(
    (name) => (!name.startsWith('.') || pattern.startsWith('.')) && matchesGlob(name, pattern),
  );
  const wanted = found.length > 0 ? found.sort() : [pattern];
  return wanted.map((name) => confinePath(`${folder.shown}/${name}`, confinement, 'keep'));
}

/** Without one of these `ls` lists what a link on its command line leads to, which is to be as the machine sees it. */
function showsLinks(options: readonly string[]): boolean {
  return options.some((option) => /[ldF]/.test(option));
}

async function run(program: string, options: readonly string[], paths: readonly string[]): Promise<string> {
  // Names go as bytes of the file system; arguments of a process are UTF-8 here, which is what they were read as.
  const operands = paths.map((path) => bytesOf(path).toString());
  const child = spawn(program, [...options, '--', ...operands], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8' },
    cwd: '/',
  });
  let output = '';
  const take = (bytes: Buffer) => {
    if (output.length < OUTPUT_CHARACTERS_MAX) output += bytes.toString();
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => resolve());
  });
  return output;
}
