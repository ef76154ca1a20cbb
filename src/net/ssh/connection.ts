// One SSH connection and its life: everything under way on it ends with it, whoever ends it.
import type { Socket } from 'node:net';
import type { Client } from 'ssh2';
import type { Clock, Log, Timer } from '../../base/std/index.ts';
import { ConnectionLostError, type RemoteError } from './errors.ts';

interface ConnectionOptions {
  readonly client: Client;
  readonly socket: Socket;
  /** How the machine is called in errors: `root@host:port`. */
  readonly target: string;
  readonly clock: Clock;
  readonly log: Log;
  /** 0 turns it off. */
  readonly keepaliveMs: number;
}

export interface Settle<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

/** Silent intervals after which the connection counts as lost: one lost packet or a busy host is no loss. */
const KEEPALIVE_MISSES = 3;

/** What ssh2 has and does not publish. Its own keep-alive runs on a timer that is not ours. */
interface Ssh2Internals {
  readonly _callbacks: (() => void)[];
  readonly _protocol: { ping(): void };
}

/** Until when something goes: calls until we close or lose the connection, what we say in closing until it is down. */
export type Until = 'refused' | 'down';

export class Connection {
  readonly client: Client;
  readonly target: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Resolves when the socket is closed. */
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #ends: Readonly<Record<Until, End>> = { refused: createEnd(), down: createEnd() };
  #keepalive: Timer | undefined;

  constructor({ client, socket, target, clock, log, keepaliveMs }: ConnectionOptions) {
    this.client = client;
    this.target = target;
    this.clock = clock;
    this.log = log;
    this.#socket = socket;
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    client.on('error', (cause: Error) => this.#lose(cause.message, cause));
    client.once('end', () => this.#lose('the other side hung up'));
    client.once('close', () => this.#lose('the other side hung up'));
    // Between the handshake and here the socket may have gone.
    if (socket.destroyed) this.#lose('the other side hung up');
    else if (keepaliveMs > 0) this.#watch(keepaliveMs);
  }

  /** A promise that also rejects when the connection is refused to callers, or is down. `start` may throw. */
  during<T>(start: (settle: Settle<T>) => void, until: Until = 'refused'): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const end = this.#ends[until];
      if (end.error) return reject(end.error);
      const fail = (error: unknown) => {
        forget();
        reject(error);
      };
      const forget = end.when(fail);
      const settle = {
        resolve: (value: T) => {
          forget();
          resolve(value);
        },
        reject: fail,
      };
      try {
        start(settle);
      } catch (cause) {
        // ssh2 throws when the socket has stopped writing and the event is still on its way.
        fail(new ConnectionLostError(`The connection to ${this.target} takes no more calls`, { cause }));
      }
    });
  }

  /** Calls `fn` once when callers are refused, at once when they are; returns what takes it back. */
  whenRefused(fn: (error: RemoteError) => void): () => void {
    return this.#ends.refused.when(fn);
  }

  /** Every call under way and every further one rejects with `reason`; the socket stays for what is left to say. */
  refuse(reason: RemoteError): void {
    this.#ends.refused.come(reason);
    this.#keepalive?.cancel();
  }

  /** Says goodbye and closes the socket, by force after `graceMs`. */
  async hangUp(graceMs: number): Promise<void> {
    const timer = this.clock.setTimer(graceMs, () => this.#socket.destroy());
    this.client.end();
    await this.closed;
    timer.cancel();
  }

  #lose(why: string, cause?: Error): void {
    if (this.#ends.down.error) return;
    const error = new ConnectionLostError(`The connection to ${this.target} is lost: ${why}`, { cause });
    if (!this.#ends.refused.error) this.log.info('ssh connection lost', { target: this.target, why });
    this.refuse(error);
    this.#ends.down.come(error);
    this.#socket.destroy();
  }

  /** Any byte that comes is a sign of life; when none came, something is sent that has to be answered. */
  #watch(keepaliveMs: number): void {
    let seenBytes = this.#socket.bytesRead;
    let misses = 0;
    const look = () => {
      const isAlive = this.#socket.bytesRead !== seenBytes;
      seenBytes = this.#socket.bytesRead;
      misses = isAlive ? 0 : misses + 1;
      if (misses > KEEPALIVE_MISSES) return this.#lose(`no sign of life for ${misses * keepaliveMs} ms`);
      if (!isAlive) this.#ping();
      this.#keepalive = this.clock.setTimer(keepaliveMs, look);
    };
    this.#keepalive = this.clock.setTimer(keepaliveMs, look);
  }

  #ping(): void {
    const internals = this.client as unknown as Ssh2Internals;
    // Answers to global requests come in order; the place in the queue is taken by a callback that does nothing.
    internals._callbacks.push(() => {});
    internals._protocol.ping();
  }
}

/** Something that comes once, and who waits for it. */
interface End {
  readonly error: RemoteError | undefined;
  come(error: RemoteError): void;
  /** At once when it has come; returns what takes it back. */
  when(fn: (error: RemoteError) => void): () => void;
}

function createEnd(): End {
  const waiting = new Set<(error: RemoteError) => void>();
  let come: RemoteError | undefined;
  return {
    get error() {
      return come;
    },
    come(error) {
      if (come) return;
      come = error;
      const all = [...waiting];
      waiting.clear();
      for (const fn of all) fn(error);
    },
    when(fn) {
      if (come) fn(come);
      else waiting.add(fn);
      return () => void waiting.delete(fn);
    },
  };
}
