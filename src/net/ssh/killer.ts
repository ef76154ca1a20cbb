// Ends processes on the target, one after the other through one session: a server that grants ten sessions
// a connection would refuse eight kills beside eight commands.
import type { ClientChannel } from 'ssh2';
import { killLine } from './command-line.ts';
import type { Connection } from './connection.ts';
import { openSession } from './open-session.ts';

export interface Killer {
  /** Sends SIGTERM to the process group; false when the server grants no session for it. */
  kill(processId: number): Promise<boolean>;
}

export function createKiller(connection: Connection): Killer {
  let queue: Promise<unknown> = Promise.resolve();
  // Also while the shell closes: callers are refused then, and what they left running has to end.
  const killOne = (processId: number) =>
    connection.during<void>(({ resolve, reject }) => {
      openSession<ClientChannel>(
        connection,
        (opened) => connection.client.exec(killLine(processId), opened),
        'down',
      ).then(
        (channel) =>
          channel
            .once('close', resolve)
            .on('error', () => {})
            .end()
            .resume(),
        reject,
      );
    }, 'down');
  return {
    kill(processId) {
      const sent = queue
        .then(() => killOne(processId))
        .then(
          () => true,
          (error: unknown) => {
            connection.log.info('no session to end a process in', { processId, error });
            return false;
          },
        );
      queue = sent;
      return sent;
    },
  };
}
