// What a process prints, on its way into an SSH channel. One writer for both streams, since ssh2 1.17 keeps a part
// that had to wait for the client's window in a field which it never clears: with stdout and stderr in flight
// together, bytes of one were sent twice and the other stood still for ever.
import type { Readable, Writable } from 'node:stream';
import type { ServerChannel } from 'ssh2';

export interface ChannelOutput {
  /** Sends all of a stream; resolves at its end, or when the channel is gone. */
  relay(stream: Readable, target: 'stdout' | 'stderr'): Promise<void>;
}

/** ssh2's fields for parts that wait. */
interface WaitingParts {
  _chunk?: unknown;
  _chunkcb?: unknown;
  _chunkErr?: unknown;
  _chunkcbErr?: unknown;
}

export function createChannelOutput(channel: ServerChannel): ChannelOutput {
  let isClosed = false;
  let wake: () => void = () => {};
  let turn: Promise<void> = Promise.resolve();
  channel.once('close', () => {
    isClosed = true;
    // A write into a closed channel is never called back.
    wake();
  });
  const send = (target: Writable, bytes: Buffer) =>
    new Promise<void>((resolve) => {
      if (isClosed) return resolve();
      wake = resolve;
      target.write(bytes, () => {
        const parts = channel as WaitingParts;
        parts._chunk = parts._chunkcb = parts._chunkErr = parts._chunkcbErr = undefined;
        resolve();
      });
    });
  return {
    relay: async (stream, target) => {
      const end = () => stream.destroy();
      channel.once('close', end);
      try {
        for await (const bytes of stream) {
          turn = turn.then(() => send(target === 'stdout' ? channel : channel.stderr, bytes as Buffer));
          await turn;
          if (isClosed) return;
        }
      } catch (error) {
        // Destroyed because the channel closed, as it is meant to be; a fault of the pipe ends the output too.
        if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') stream.destroy();
      } finally {
        channel.off('close', end);
      }
    },
  };
}
