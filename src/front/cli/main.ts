// The program's entry.
import { processTerminal } from './process.ts';
import { run } from './run.ts';

// The process ends by itself, once all output has been written.
process.exitCode = await run(processTerminal());
