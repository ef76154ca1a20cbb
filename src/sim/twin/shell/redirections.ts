// `<`, `>`, `>>`, `>&`: what a command of the twin's shell reads from and writes to instead.
import type { Descriptors, TwinProcess } from '../process.ts';
import { fileSink, fileSource, NOTHING } from '../streams.ts';
import { type Redirection, SyntaxFault, type Word } from './syntax.ts';

/** From left to right, as the shell does: `> file 2>&1` and `2>&1 > file` differ. Throws FileFault, SyntaxFault. */
export async function openRedirections(
  process: TwinProcess,
  redirections: readonly Redirection[],
  io: Descriptors,
  expand: (target: Word, io: Descriptors) => Promise<string>,
): Promise<Descriptors> {
  let inner = io;
  for (const redirection of redirections) {
    const target = await expand(redirection.target, inner);
    inner = openOne(process, redirection, target, inner);
  }
  return inner;
}

function openOne(
  process: TwinProcess,
  { descriptor, operator }: Redirection,
  target: string,
  io: Descriptors,
): Descriptors {
  if (operator === '>&') {
    if (target !== '1' && target !== '2')
      throw new SyntaxFault(`>&${target} is not part of the twin’s shell`);
    const sink = target === '1' ? io.stdout : io.stderr;
    return descriptor === 2 ? { ...io, stderr: sink } : { ...io, stdout: sink };
  }
  const path = process.resolve(target);
  const { files } = process;
  if (operator === '<') {
    if (descriptor !== 0) throw new SyntaxFault(`${descriptor}< is not part of the twin’s shell`);
    return { ...io, stdin: path === '/dev/null' ? NOTHING : fileSource(files.open(path, 'existing')) };
  }
  if (descriptor === 0) throw new SyntaxFault('0> is not part of the twin’s shell');
  if (path === '/dev/null') return descriptor === 2 ? { ...io, stderr: NOTHING } : { ...io, stdout: NOTHING };
  const file = files.open(path, 'create');
  if (operator === '>') files.truncate(file, 0, path);
  const sink = fileSink(files, file, path, operator === '>' ? 'replace' : 'append');
  return descriptor === 2 ? { ...io, stderr: sink } : { ...io, stdout: sink };
}
