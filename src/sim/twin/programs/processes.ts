// Programs about processes: shells, signals, detached starts, waiting, and a look at who runs.

import { NotInTwin, type Program, SIGNALS, type SignalName, type TwinProcess } from '../process.ts';
import type { ProcessTable } from '../process-table.ts';
import { runShell } from '../shell/interpreter.ts';
import { createShellState, type ShellHost } from '../shell/state.ts';
import { readDurationMs, readOptions } from './options.ts';

/** Programs that need to know their machine. */
export function processPrograms(host: ShellHost): Readonly<Record<string, Program>> {
  const { table } = host;

  /** Goes on as the program that the arguments name. */
  const becomeProgram = async (process: TwinProcess, argv: readonly string[]): Promise<number> => {
    const [name = '', ...args] = argv;
    const program = host.findProgram(name);
    if (!program) {
      host.refuse(name);
      await process.warn(`${process.name}: ${name}: No such file or directory`);
      return 127;
    }
    process.become({ name, args });
    return await program(process);
  };

  const sh: Program = async (process) => {
    const args = [...process.args];
    let flags = '';
    while (args[0]?.startsWith('-')) flags += (args.shift() as string).slice(1);
    if (/[^celu]/.test(flags)) throw new NotInTwin(`${process.name} -${flags}`);
    const first = args.shift();
    if (first === undefined) throw new NotInTwin(`${process.name} with a script on its input`);
    const isText = flags.includes('c');
    const text = isText ? first : process.files.readText(process.resolve(first));
    const name = isText ? (args.shift() ?? process.name) : first;
    const state = createShellState(host, process, { name, positional: args });
    state.stopsAtFault = flags.includes('e');
    state.refusesUnset = flags.includes('u');
    return await runShell(state, text);
  };

  const kill: Program = async (process) => {
    const args = [...process.args];
    let signal: SignalName | 0 = 'SIGTERM';
    if (args[0] === '-s') args.splice(0, 2, `-${args[1] ?? ''}`);
    if (args[0] !== '--' && args[0]?.startsWith('-')) signal = readSignal((args.shift() as string).slice(1));
    if (args[0] === '--') args.shift();
    let code = 0;
    for (const arg of args) {
      if (!/^-?\d+$/.test(arg)) throw new NotInTwin(`kill ${arg}`);
      if (reach(table, Number(arg), signal)) continue;
      await process.warn(`kill: (${arg}) - No such process`);
      code = 1;
    }
    return code;
  };

  const ps: Program = async (process) => {
    const options = readOptions(process, { flags: 'eA', values: 'op' });
    const columns = (options.value('o') ?? '').split(',');
    const only = options.value('p')?.split(',').map(Number);
    if (options.operands.length > 0 || !options.has('o'))
      throw new NotInTwin('ps other than ps [-e] [-p N] -o …');
    const shown = table.list().filter(({ pid }) => (only ? only.includes(pid) : options.has('e')));
    const titles = columns.map((column) => (column.endsWith('=') ? '' : column.toUpperCase()));
    if (titles.some((title) => title !== '')) await process.print(titles.join(' ').trim());
    for (const one of shown)
      await process.print(columns.map((column) => psColumn(one, column.replace(/=$/, ''))).join(' '));
    return shown.length > 0 ? 0 : 1;
  };

  return {
    bash: sh,
    env: (process) => {
      const args = [...process.args];
      if (args[0]?.startsWith('-')) throw new NotInTwin(`env ${args[0]}`);
      const env = { ...process.environment };
      for (let found = assignment(args[0]); found; found = assignment(args[0])) {
        env[found.name] = found.value;
        args.shift();
      }
      process.become({ env });
      return args.length > 0 ? becomeProgram(process, args) : printEnv(process);
    },
    kill,
    nice: (process) => {
      const options = [...process.args];
      if (options[0] === '-n') options.splice(0, 2);
      return becomeProgram(process, options);
    },
    nohup: (process) => {
      process.onSignal('SIGHUP', () => {});
      return becomeProgram(process, process.args);
    },
    nproc: async (process) => {
      await process.print('8');
      return 0;
    },
    ps,
    pwd: async (process) => {
      await process.print(process.cwd);
      return 0;
    },
    setsid: (process) => {
      // A group's leader would be forked by the real one; the number of the process would be another then.
      if (process.group === process.pid) throw new NotInTwin('setsid as leader of a group; start it with &');
      process.group = process.pid;
      process.session = process.pid;
      return becomeProgram(process, process.args);
    },
    sh,
    sleep: async (process) => {
      if (process.args.length !== 1) throw new NotInTwin('sleep other than sleep TIME');
      if (process.args[0] === 'infinity') await process.wait(new Promise<never>(() => {}));
      await process.sleep(readDurationMs('sleep', process.args[0] ?? ''));
      return 0;
    },
    date: async (process) => {
      const [format = ''] = process.args.filter((arg) => arg !== '-u');
      const now = process.clock.now();
      if (format === '+%s') await process.print(String(Math.floor(now / 1000)));
      else if (format === '+%FT%TZ') await process.print(`${new Date(now).toISOString().slice(0, 19)}Z`);
      else throw new NotInTwin(`date ${process.args.join(' ')}`);
      return 0;
    },
    timeout: async (process) => {
      const [duration = '', ...argv] = process.args;
      const { name, args, program } = lookUp(host, argv);
      const child = table.start({
        name,
        args,
        program,
        env: process.environment,
        cwd: process.cwd,
        descriptors: process.descriptors,
        parent: process,
      });
      const over = process.sleep(readDurationMs('timeout', duration)).then(() => 'over' as const);
      const end = await process.wait(Promise.race([child.ended, over]));
      if (end !== 'over') return end.code ?? 128 + SIGNALS[end.signal ?? 'SIGTERM'];
      child.signal('SIGTERM');
      await process.wait(child.ended);
      return 124;
    },
  };
}

function lookUp(host: ShellHost, [name = '', ...args]: readonly string[]) {
  const program = host.findProgram(name);
  if (!program) throw new NotInTwin(name);
  return { name, args, program };
}

function reach(table: ProcessTable, target: number, signal: SignalName | 0): boolean {
  if (target < 0) {
    if (signal !== 0) return table.signalGroup(-target, signal);
    return table.list().some(({ group }) => group === -target);
  }
  const process = table.find(target);
  if (process && signal !== 0) process.signal(signal);
  return process !== undefined;
}

function readSignal(text: string): SignalName | 0 {
  if (text === '0') return 0;
  const byNumber = Object.entries(SIGNALS).find(([, number]) => String(number) === text)?.[0];
  const name = byNumber ?? (text.startsWith('SIG') ? text : `SIG${text}`);
  if (!(name in SIGNALS)) throw new NotInTwin(`kill -${text}`);
  return name as SignalName;
}

function psColumn(process: TwinProcess, column: string): string {
  switch (column) {
    case 'pid':
      return String(process.pid);
    case 'ppid':
      return String(process.parent);
    case 'pgid':
      return String(process.group);
    case 'sid':
      return String(process.session);
    case 'stat':
      return 'S';
    case 'etimes':
      return String(Math.floor((process.clock.now() - process.startedAtMs) / 1000));
    case 'comm':
      return process.name;
    case 'args':
    case 'cmd':
      return [process.name, ...process.args].join(' ');
    default:
      throw new NotInTwin(`ps -o ${column}`);
  }
}

function assignment(arg: string | undefined): { name: string; value: string } | undefined {
  const found = /^([A-Za-z_]\w*)=([\s\S]*)$/.exec(arg ?? '');
  return found ? { name: found[1] as string, value: found[2] as string } : undefined;
}

async function printEnv(process: TwinProcess): Promise<number> {
  for (const [name, value] of Object.entries(process.environment)) await process.print(`${name}=${value}`);
  return 0;
}
