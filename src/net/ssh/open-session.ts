// Opens a session on a connection, again when the server has no place for it yet.
import type { Connection, Until } from './connection.ts';
import { SessionRefusedError } from './errors.ts';

/**
 * OpenSSH counts a session until its next turn after our CHANNEL_CLOSE. A CHANNEL_OPEN in the same packet
 * train is refused for want of places although we are within the limit (seen with forty short commands on
 * 9.2, eight at a time of ten granted). The command has not begun then, so asking again is safe.
 */
const TRIES = 7;
const FIRST_PAUSE_MS = 10;

type Opened<T> = (cause: Error | null | undefined, value: T) => void;

/**
 * `request` calls ssh2's function for the kind of session. Rejects with SessionRefusedError after seven tries
 * in about 0.6 s, or with the connection's end.
 */
export async function openSession<T>(
  connection: Connection,
  request: (opened: Opened<T>) => void,
  until: Until = 'refused',
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const cause = await connection.during<Error | { readonly session: T }>(
      ({ resolve }) => request((refusal, session) => resolve(refusal ?? { session })),
      until,
    );
    if (!(cause instanceof Error)) return cause.session;
    // ssh2 gives a reason only with a refused CHANNEL_OPEN; anything later may have begun something.
    if (!('reason' in cause) || attempt === TRIES)
      throw new SessionRefusedError(
        `${connection.target} opens no further session (${cause.message}); it may allow fewer at a time, or lack the subsystem`,
        { cause },
      );
    await connection.during<void>(
      ({ resolve }) => connection.clock.setTimer(FIRST_PAUSE_MS * 2 ** (attempt - 1), resolve),
      until,
    );
  }
}
