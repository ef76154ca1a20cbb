// Single keys from a terminal. The terminal then leaves all keys to us, also those that it turns into signals for
// everybody who was started by the same command line: they are sent on as it would have sent them.
import type { ReadStream } from 'node:tty';

const SIGNAL_OF_KEY: Readonly<Record<string, NodeJS.Signals>> = {
  '\u0003': 'SIGINT',
  '\u001a': 'SIGTSTP',
  '\u001c': 'SIGQUIT',
};

/** Whoever stands in the foreground with us: npm, the launcher, this program. */
const OUR_PROCESS_GROUP = 0;

/** Returns what gives the terminal back. */
export function watchKeys(terminal: ReadStream, listener: (key: string) => void): () => void {
  const onData = (typed: Buffer) => {
    for (const key of typed.toString('utf8')) {
      const signal = SIGNAL_OF_KEY[key];
      if (signal === undefined) listener(key);
      else sendOn(signal);
    }
  };
  const sendOn = (signal: NodeJS.Signals) => {
    // Who is stopped, or ends at once, must leave a terminal in which a shell can be used.
    if (signal !== 'SIGINT') terminal.setRawMode(false);
    process.kill(OUR_PROCESS_GROUP, signal);
  };
  const onContinue = () => void terminal.setRawMode(true);
  terminal.setRawMode(true);
  terminal.on('data', onData);
  process.on('SIGCONT', onContinue);
  return () => {
    process.off('SIGCONT', onContinue);
    terminal.off('data', onData);
    terminal.setRawMode(false);
    terminal.pause();
  };
}
