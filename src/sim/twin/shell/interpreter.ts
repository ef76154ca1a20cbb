// Runs the tree of `syntax.ts` in a process of the twin.

import { FileFault } from '../file-fault.ts';
import { type Descriptors, exitCodeOf, type TwinProcess } from '../process.ts';
import { BrokenPipe, createPipe, NOTHING } from '../streams.ts';
import { BUILTINS, ExitShell } from './builtins.ts';
import { type Expansion, expandText, expandWords } from './expand.ts';
import { parseScript } from './parse.ts';
import { openRedirections } from './redirections.ts';
import { copyShellState, exportedEnv, type ShellState } from './state.ts';
import {
  type AndOr,
  type Command,
  type Pipeline,
  type Redirection,
  type Script,
  SyntaxFault,
  type Word,
} from './syntax.ts';

/** A loop that never waits would hang the whole world; no script of ours turns so often without waiting. */
const TURNS_MAX = 1_000_000;

/** Whether a failing command may end the shell under `set -e`, or is being asked about. */
type Role = 'statement' | 'condition';

/** Runs a text as this process's shell does; resolves to the exit code. Faults of syntax are said and noted. */
export async function runShell(state: ShellState, text: string): Promise<number> {
  const io = state.process.descriptors;
  try {
    await runText(state, text, io);
  } catch (error) {
    if (!(error instanceof ExitShell)) throw error;
    state.lastCode = error.code;
  }
  const trap = state.exitTrap;
  state.exitTrap = undefined;
  if (trap === undefined) return state.lastCode;
  const code = state.lastCode;
  try {
    await runText(state, trap, io);
  } catch (error) {
    if (!(error instanceof ExitShell)) throw error;
    return error.code;
  }
  return code;
}

/** Parses and runs in the current shell: `eval`, `.`, a trap. A fault of syntax leaves code 2. */
export async function runText(state: ShellState, text: string, io: Descriptors): Promise<number> {
  let script: Script;
  try {
    script = parseScript(text);
  } catch (error) {
    if (!(error instanceof SyntaxFault)) throw error;
    return await fail(state, io, error.message, 2);
  }
  return await runScript(state, script, io, 'statement');
}

async function runScript(state: ShellState, script: Script, io: Descriptors, role: Role): Promise<number> {
  for (const { andOr, isBackground } of script) {
    if (isBackground) startJob(state, andOr, io);
    else await runAndOr(state, andOr, io, role);
  }
  return state.lastCode;
}

function startJob(state: ShellState, andOr: AndOr, io: Descriptors): void {
  const process = startSubshell(
    state,
    async (inner) => {
      const only = andOr.rest.length === 0 && andOr.first.commands.length === 1 && !andOr.first.isNegated;
      const command = andOr.first.commands[0] as Command;
      // As `sh` does with one plain command: the job's process becomes the program, so that `$!` is its number.
      if (only && command.kind === 'simple')
        return await runSimple(inner, command, inner.process.descriptors, 'replace');
      return await runAndOr(inner, andOr, inner.process.descriptors, 'statement');
    },
    { ...io, stdin: NOTHING },
  );
  state.jobs.set(process.pid, process);
  state.lastJob = process.pid;
  state.lastCode = 0;
}

async function runAndOr(state: ShellState, andOr: AndOr, io: Descriptors, role: Role): Promise<number> {
  const last = andOr.rest.length - 1;
  let code = await runPipeline(state, andOr.first, io, last < 0 ? role : 'condition');
  for (const [index, { operator, pipeline }] of andOr.rest.entries()) {
    if ((operator === '&&') !== (code === 0)) continue;
    code = await runPipeline(state, pipeline, io, index === last ? role : 'condition');
  }
  state.lastCode = code;
  return code;
}

async function runPipeline(
  state: ShellState,
  pipeline: Pipeline,
  io: Descriptors,
  role: Role,
): Promise<number> {
  const { commands, isNegated } = pipeline;
  const single = commands.length === 1 ? (commands[0] as Command) : undefined;
  const code = single
    ? await runCommand(state, single, io, isNegated ? 'condition' : role)
    : await runPiped(state, commands, io);
  state.lastCode = isNegated ? Number(code === 0) : code;
  if (state.lastCode !== 0 && !isNegated && role === 'statement' && state.stopsAtFault)
    throw new ExitShell(state.lastCode);
  return state.lastCode;
}

async function runPiped(state: ShellState, commands: readonly Command[], io: Descriptors): Promise<number> {
  const processes: TwinProcess[] = [];
  let stdin = io.stdin;
  let releaseInput = () => {};
  for (const [index, command] of commands.entries()) {
    const pipe = index < commands.length - 1 ? createPipe() : undefined;
    const parts: Descriptors = { ...io, stdin, stdout: pipe?.sink ?? io.stdout };
    processes.push(
      startSubshell(
        state,
        (inner) => runCommand(inner, command, inner.process.descriptors, 'statement'),
        parts,
      ),
    );
    pipe?.sink.release();
    releaseInput();
    if (pipe) {
      stdin = pipe.source;
      releaseInput = () => pipe.source.release();
    }
  }
  const ends = await state.process.wait(Promise.all(processes.map((process) => process.ended)));
  return exitCodeOf(ends.at(-1) ?? { code: 0, signal: null });
}

async function runCommand(state: ShellState, command: Command, io: Descriptors, role: Role): Promise<number> {
  if (command.kind === 'simple') return await runSimple(state, command, io, 'start');
  return await withRedirections(state, command.redirections, io, async (inner) => {
    switch (command.kind) {
      case 'group':
        return await runScript(state, command.body, inner, role);
      case 'subshell': {
        const process = startSubshell(
          state,
          (copy) => runScript(copy, command.body, copy.process.descriptors, role),
          inner,
        );
        return exitCodeOf(await state.process.wait(process.ended));
      }
      case 'if':
        for (const { condition, body } of command.branches)
          if ((await runScript(state, condition, inner, 'condition')) === 0)
            return await runScript(state, body, inner, role);
        state.lastCode = 0;
        return command.otherwise ? await runScript(state, command.otherwise, inner, role) : 0;
      case 'loop':
        return await runLoop(state, command, inner, role);
      case 'for': {
        const values = command.words
          ? await expandWords(command.words, expansionOf(state, inner))
          : state.positional;
        let code = 0;
        for (const value of values) {
          state.variables.set(command.name, value);
          const turn = await runTurn(() => runScript(state, command.body, inner, role));
          code = turn.code;
          if (turn.isLast) break;
        }
        return code;
      }
    }
  });
}

async function runLoop(
  state: ShellState,
  { condition, body, until }: Command & { kind: 'loop' },
  io: Descriptors,
  role: Role,
): Promise<number> {
  let code = 0;
  let turns = 0;
  let movedAt = state.process.clock.monotonic();
  for (;;) {
    const isTrue = (await runScript(state, condition, io, 'condition')) === 0;
    if (isTrue === until) return code;
    const turn = await runTurn(() => runScript(state, body, io, role));
    code = turn.code;
    if (turn.isLast) return code;
    if (state.process.clock.monotonic() !== movedAt) turns = 0;
    movedAt = state.process.clock.monotonic();
    turns += 1;
    if (turns > TURNS_MAX)
      throw new Error(`a loop turned ${TURNS_MAX} times without the clock moving; give it a sleep`);
  }
}

/** `break` and `continue` of the innermost loop. */
async function runTurn(body: () => Promise<number>): Promise<{ code: number; isLast: boolean }> {
  try {
    return { code: await body(), isLast: false };
  } catch (error) {
    if (error instanceof LoopJump) return { code: 0, isLast: error.kind === 'break' };
    throw error;
  }
}

class LoopJump extends Error {
  override name = 'LoopJump';
  readonly kind: 'break' | 'continue';

  constructor(kind: 'break' | 'continue') {
    super(kind);
    this.kind = kind;
  }
}

/** `replace` runs the program in the shell's own process, as `exec` does. */
async function runSimple(
  state: ShellState,
  command: Command & { kind: 'simple' },
  io: Descriptors,
  mode: 'start' | 'replace',
): Promise<number> {
  return await withRedirections(state, command.redirections, io, async (inner) => {
    const expansion = expansionOf(state, inner);
    const [name, ...args] = await expandWords(command.words, expansion);
    const values: [string, string][] = [];
    for (const { name: variable, value } of command.assignments)
      values.push([variable, await expandText(value, expansion)]);
    if (name === undefined) {
      for (const [variable, value] of values) state.variables.set(variable, value);
      // `x=$(false)` has the code of what it substituted.
      return command.assignments.some(({ value }) => hasSubstitution(value)) ? state.lastCode : 0;
    }
    if (name === 'break' || name === 'continue') throw new LoopJump(name);
    const builtin = BUILTINS.get(name);
    if (builtin) {
      for (const [variable, value] of values) state.variables.set(variable, value);
      return await builtin({
        state,
        args,
        io: inner,
        runText,
        runProgram: (argv) => replace(state, argv, inner),
      });
    }
    const env = { ...exportedEnv(state), ...Object.fromEntries(values) };
    if (mode === 'replace') return await replace(state, [name, ...args], inner, env);
    const program = state.host.findProgram(name);
    if (!program) return await notFound(state, inner, name);
    const { process } = state;
    const child = state.host.table.start({
      name,
      args,
      program,
      env,
      cwd: process.cwd,
      descriptors: inner,
      parent: process,
    });
    return exitCodeOf(await process.wait(child.ended));
  });
}

async function replace(
  state: ShellState,
  [name = '', ...args]: readonly string[],
  io: Descriptors,
  env = exportedEnv(state),
): Promise<number> {
  const program = BUILTINS.has(name) ? undefined : state.host.findProgram(name);
  if (!program) return await notFound(state, io, name);
  state.process.become({ name, args, env, descriptors: io });
  return await program(state.process);
}

async function notFound(state: ShellState, io: Descriptors, name: string): Promise<number> {
  state.host.refuse(name);
  await say(state, io, `${name}: command not found`);
  return 127;
}

function startSubshell(
  state: ShellState,
  body: (inner: ShellState) => Promise<number>,
  descriptors: Descriptors,
): TwinProcess {
  const { process } = state;
  return state.host.table.start({
    name: process.name,
    args: process.args,
    env: process.environment,
    cwd: process.cwd,
    descriptors,
    parent: process,
    program: async (child) => {
      try {
        return await body(copyShellState(state, child));
      } catch (error) {
        if (error instanceof ExitShell) return error.code;
        if (error instanceof LoopJump) return 0;
        throw error;
      }
    },
  });
}

function expansionOf(state: ShellState, io: Descriptors): Expansion {
  return {
    state,
    files: state.process.files,
    substitute: async (script) => {
      const pipe = createPipe();
      const process = startSubshell(
        state,
        (inner) => runScript(inner, script, inner.process.descriptors, 'statement'),
        { ...io, stdout: pipe.sink },
      );
      pipe.sink.release();
      const pieces: Uint8Array[] = [];
      for (;;) {
        const piece = await state.process.wait(pipe.source.read(64 * 1024));
        if (!piece) break;
        pieces.push(piece);
      }
      state.lastCode = exitCodeOf(await state.process.wait(process.ended));
      return Buffer.concat(pieces).toString('utf8');
    },
  };
}

async function withRedirections(
  state: ShellState,
  redirections: readonly Redirection[],
  io: Descriptors,
  run: (io: Descriptors) => Promise<number>,
): Promise<number> {
  try {
    return await run(
      await openRedirections(state.process, redirections, io, (target, inner) =>
        expandText(target, expansionOf(state, inner)),
      ),
    );
  } catch (error) {
    if (error instanceof SyntaxFault) return await fail(state, io, error.message, 2);
    if (error instanceof FileFault) {
      await say(state, io, error.message);
      return 1;
    }
    throw error;
  }
}

function hasSubstitution(word: Word): boolean {
  return word.some((part) => part.kind === 'command');
}

/** What the language lacks: said, noted, and the shell ends, as a syntax error does. */
async function fail(state: ShellState, io: Descriptors, message: string, code: number): Promise<never> {
  if (/not part of/.test(message)) state.host.refuse(message);
  await say(state, io, message);
  throw new ExitShell(code);
}

async function say(state: ShellState, io: Descriptors, message: string): Promise<void> {
  try {
    await state.process.wait(io.stderr.write(Buffer.from(`${state.name}: ${message}\n`)));
  } catch (error) {
    // Nobody listens any more; the exit code still tells.
    if (!(error instanceof BrokenPipe)) throw error;
  }
}
