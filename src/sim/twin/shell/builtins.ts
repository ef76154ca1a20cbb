// The commands that change the shell itself. Everything else, `echo` too, is a program with its own process.
import { type Descriptors, exitCodeOf } from '../process.ts';
import type { ShellState } from './state.ts';

/** Ends the shell with a code; its trap still runs. */
export class ExitShell extends Error {
  override name = 'ExitShell';
  readonly code: number;

  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}

export interface BuiltinCall {
  readonly state: ShellState;
  readonly args: readonly string[];
  readonly io: Descriptors;
  readonly runText: (state: ShellState, text: string, io: Descriptors) => Promise<number>;
  /** Runs a program in the shell's own process. */
  readonly runProgram: (argv: readonly string[]) => Promise<number>;
}

type Builtin = (call: BuiltinCall) => Promise<number> | number;

export const BUILTINS: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  [':', () => 0],
  ['cd', changeFolder],
  ['eval', ({ state, args, io, runText }) => runText(state, args.join(' '), io)],
  ['exec', replaceShell],
  ['exit', leave],
  ['export', exportNames],
  ['read', readLine],
  ['set', setOptions],
  ['shift', shiftArguments],
  ['source', runFile],
  ['.', runFile],
  ['trap', setTrap],
  ['umask', () => 0],
  ['unset', unsetNames],
  ['wait', waitForJobs],
]);

async function complain(call: BuiltinCall, name: string, text: string, code = 1): Promise<number> {
  const line = `${call.state.name}: ${name}: ${text}\n`;
  await call.state.process.wait(call.io.stderr.write(Buffer.from(line)));
  return code;
}

/** For what a builtin has elsewhere and not here. */
async function refuse(call: BuiltinCall, name: string): Promise<number> {
  const what = `${name} ${call.args.join(' ')}`;
  call.state.host.refuse(what);
  return await complain(call, name, `${call.args.join(' ')} is not part of the twin’s shell`, 127);
}

async function changeFolder(call: BuiltinCall): Promise<number> {
  const { state, args } = call;
  if (args.length > 1) return await complain(call, 'cd', 'too many arguments');
  const target = args[0] ?? state.variables.get('HOME') ?? '/root';
  if (target.startsWith('-')) return await refuse(call, 'cd');
  const path = normal(state.process.resolve(target));
  const found = state.process.files.find(path);
  if (!found) return await complain(call, 'cd', `${target}: No such file or directory`);
  if (found.kind !== 'directory') return await complain(call, 'cd', `${target}: Not a directory`);
  state.process.cwd = path;
  state.variables.set('PWD', path);
  return 0;
}

function normal(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

async function replaceShell(call: BuiltinCall): Promise<number> {
  const { state, args, io, runProgram } = call;
  if (args.length === 0) {
    // `exec > log`: the redirections stay.
    state.process.become({ descriptors: io });
    return 0;
  }
  throw new ExitShell(await runProgram(args));
}

async function leave(call: BuiltinCall): Promise<number> {
  const { state, args } = call;
  if (args[0] === undefined) throw new ExitShell(state.lastCode);
  if (/^\d+$/.test(args[0])) throw new ExitShell(Number(args[0]) & 255);
  await complain(call, 'exit', `${args[0]}: numeric argument required`);
  throw new ExitShell(2);
}

async function exportNames(call: BuiltinCall): Promise<number> {
  for (const arg of call.args) {
    const found = /^([A-Za-z_]\w*)(?:=([\s\S]*))?$/.exec(arg);
    if (!found) return await complain(call, 'export', `${arg}: not a valid identifier`);
    const [, name = '', value] = found;
    if (value !== undefined) call.state.variables.set(name, value);
    call.state.exported.add(name);
  }
  return 0;
}

async function unsetNames(call: BuiltinCall): Promise<number> {
  if (call.args.some((name) => name.startsWith('-'))) return await refuse(call, 'unset');
  for (const name of call.args) {
    call.state.variables.delete(name);
    call.state.exported.delete(name);
  }
  return 0;
}

async function setOptions(call: BuiltinCall): Promise<number> {
  const { state, args } = call;
  if (args[0] === '--') {
    state.positional = args.slice(1);
    return 0;
  }
  for (const arg of args) {
    if (!/^[-+][eu]+$/.test(arg)) return await refuse(call, 'set');
    if (arg.includes('e')) state.stopsAtFault = arg.startsWith('-');
    if (arg.includes('u')) state.refusesUnset = arg.startsWith('-');
  }
  return 0;
}

function shiftArguments({ state, args }: BuiltinCall): number {
  const count = Number(args[0] ?? 1);
  if (!Number.isInteger(count) || count < 0 || count > state.positional.length) return 1;
  state.positional = state.positional.slice(count);
  return 0;
}

async function runFile(call: BuiltinCall): Promise<number> {
  const { state, args, io, runText } = call;
  if (args.length !== 1) return await refuse(call, '.');
  return await runText(state, state.process.files.readText(state.process.resolve(args[0] as string)), io);
}

async function setTrap(call: BuiltinCall): Promise<number> {
  const [action = '', ...events] = call.args;
  if (events.length !== 1 || (events[0] !== 'EXIT' && events[0] !== '0')) return await refuse(call, 'trap');
  call.state.exitTrap = action === '-' || action === '' ? undefined : action;
  return 0;
}

async function waitForJobs({ state, args }: BuiltinCall): Promise<number> {
  const pids = args.length > 0 ? args.map(Number) : [...state.jobs.keys()];
  let code = 0;
  for (const pid of pids) {
    const job = state.jobs.get(pid);
    code = job ? exitCodeOf(await state.process.wait(job.ended)) : 127;
    state.jobs.delete(pid);
  }
  return args.length > 0 ? code : 0;
}

async function readLine(call: BuiltinCall): Promise<number> {
  const { state, io } = call;
  const names = call.args.filter((arg) => arg !== '-r');
  if (names.some((name) => !/^[A-Za-z_]\w*$/.test(name))) return await refuse(call, 'read');
  const bytes: number[] = [];
  let isWhole = false;
  // One byte at a time, as a real shell does: the rest is for the next reader.
  for (;;) {
    const piece = await state.process.wait(io.stdin.read(1));
    if (!piece) break;
    isWhole = piece[0] === 10;
    if (isWhole) break;
    bytes.push(piece[0] as number);
  }
  const line = Buffer.from(bytes).toString('utf8').trim();
  const fields = line === '' ? [] : line.split(/[ \t]+/);
  for (const [index, name] of names.entries()) {
    const value = index === names.length - 1 ? restOf(line, index) : (fields[index] ?? '');
    state.variables.set(name, value);
  }
  return isWhole ? 0 : 1;
}

/** The line from its field number `index` on, blanks in it as they were. */
function restOf(line: string, index: number): string {
  let rest = line;
  for (let i = 0; i < index; i += 1) rest = rest.replace(/^[^ \t]*[ \t]*/, '');
  return rest;
}
