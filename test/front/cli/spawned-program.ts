// The real program in a process of its own, with what it has printed so far.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export const BIN = fileURLToPath(new URL('../../../bin/vastdeck.js', import.meta.url));

const running = new Set<ChildProcess>();

/** For `afterAll`: a test that failed may have left its programs behind. */
export function killPrograms(): void {
  for (const child of running) child.kill('SIGKILL');
}

export class Program {
  readonly child: ChildProcess;
  out = '';
  err = '';
  readonly exit: Promise<number | null>;

  constructor(command: string, args: readonly string[], env: Readonly<Record<string, string>>) {
    this.child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(this.child);
    this.child.stdout?.on('data', (chunk) => {
      this.out += chunk;
    });
    this.child.stderr?.on('data', (chunk) => {
      this.err += chunk;
    });
    this.exit = once(this.child, 'close').then(([code]) => {
      running.delete(this.child);
      return code as number | null;
    });
  }

  /** Resolves once the text has been printed. */
  async printed(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.out + this.err)) {
      const ended = await Promise.race([
        once(this.child.stdout as NodeJS.ReadableStream, 'data'),
        once(this.child.stderr as NodeJS.ReadableStream, 'data'),
        this.exit.then(() => 'ended'),
      ]);
      if (ended === 'ended' && !pattern.test(this.out + this.err)) {
        throw new Error(`The program ended without printing ${pattern}: ${this.out}${this.err}`);
      }
    }
  }
}
