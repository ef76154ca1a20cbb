// The program's entry: parses the command line, runs one command, turns its failure into a sentence and a code.
import { CommanderError } from 'commander';
import { describeFailure } from './failure.ts';
import { endWith, processTerminal } from './process.ts';
import { buildProgram } from './program.ts';

const terminal = processTerminal();
try {
  await buildProgram(terminal).parseAsync([...terminal.args], { from: 'user' });
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has printed its own sentence; help and version end here with code 0.
    endWith(error.exitCode === 0 ? 0 : 2);
  } else {
    const { sentence, code } = describeFailure(error);
    if (sentence) terminal.err(`${sentence}\n`);
    endWith(code);
  }
}
