// The one SFTP session of a connection, opened when first needed, and its calls as promises with our errors.
import type { SFTPWrapper } from 'ssh2';
import ssh2 from 'ssh2';
import type { Connection } from './connection.ts';
import { DiskFullError, NoSuchFileError, PermissionError, RemoteFileError } from './errors.ts';
import { openSession } from './open-session.ts';

const { STATUS_CODE } = ssh2.utils.sftp;

type Callback<T> = (error: Error | null | undefined, value: T) => void;

/** What a request is about; `what` finishes the sentence "/a/b cannot be …" in errors. */
interface About {
  readonly path: string;
  readonly what: string;
}

export class SftpSession {
  readonly #connection: Connection;
  /** Those that have ended: a request to one of them would wait for ever. */
  readonly #ended = new WeakSet<SFTPWrapper>();
  #opening: Promise<SFTPWrapper> | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** The session that stands, else a new one. Rejects with SessionRefusedError or the connection's end. */
  open(): Promise<SFTPWrapper> {
    this.#opening ??= this.#open();
    return this.#opening;
  }

  /** One request by path. Rejects with a RemoteFileError. */
  async call<T>(about: About, request: (sftp: SFTPWrapper, done: Callback<T>) => void): Promise<T> {
    return await this.callOn(await this.open(), about, request);
  }

  /** The same on a session that was opened before, since a handle has no meaning in another one. */
  callOn<T>(
    sftp: SFTPWrapper,
    { path, what }: About,
    request: (sftp: SFTPWrapper, done: Callback<T>) => void,
  ): Promise<T> {
    return this.#connection.during<T>(({ resolve, reject }) => {
      if (this.#ended.has(sftp))
        return reject(
          new RemoteFileError(`${path} cannot be ${what}: the server ended the file session`, path),
        );
      request(sftp, (cause, value) => {
        if (cause) reject(nameFault(path, what, cause));
        else resolve(value);
      });
    });
  }

  async #open(): Promise<SFTPWrapper> {
    try {
      const sftp = await openSession<SFTPWrapper>(this.#connection, (opened) =>
        this.#connection.client.sftp(opened),
      );
      const forget = () => {
        this.#ended.add(sftp);
        this.#opening = undefined;
      };
      // `end` is the first to come. ssh2 fails what is under way then, and forgets what is asked after it.
      sftp.on('error', forget).once('end', forget).once('close', forget);
      return sftp;
    } catch (error) {
      this.#opening = undefined;
      throw error;
    }
  }
}

function nameFault(path: string, what: string, cause: Error & { readonly code?: unknown }): RemoteFileError {
  if (cause.code === STATUS_CODE.NO_SUCH_FILE)
    return new NoSuchFileError(`${path} cannot be ${what}: it is not there`, path, cause);
  if (cause.code === STATUS_CODE.PERMISSION_DENIED)
    return new PermissionError(`${path} cannot be ${what}: the user may not`, path, cause);
  if (/no space|quota/i.test(cause.message))
    return new DiskFullError(`${path} cannot be ${what}: the disk is full`, path, cause);
  return new RemoteFileError(`${path} cannot be ${what}: ${cause.message}`, path, cause);
}
