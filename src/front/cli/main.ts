// The program's entry.
import { processTerminal } from './process.ts';
import { run } from './run.ts';

process.exitCode = await run(processTerminal());
// What is printed is waited for, and nothing else: by itself the engine would first end a collection of garbage that it has
// begun, a tenth of the time of many a command.
if (process.stdout.writableLength === 0 && process.stderr.writableLength === 0) process.exit();
