// One try to enter an instance, by a fresh handshake, and a look at its GPUs.
import {
  AuthRefusedError,
  ConnectRefusedError,
  ConnectTimeoutError,
  HostKeyChangedError,
  KeyFormatError,
  RemoteError,
} from '../../../net/ssh/index.ts';
import type { Instance } from '../../../net/vast/index.ts';
import type { SshOutcome } from './boot-facts.ts';
import { checkGpus, type GpuCheckOptions, type GpuVerdict } from './gpu-check.ts';
import type { ConnectInstance } from './instance-connector.ts';

export type Entered =
  | { readonly kind: 'entered'; readonly gpus: GpuVerdict }
  | { readonly kind: 'not-entered'; readonly outcome: SshOutcome; readonly message: string };

export interface TryEnterOptions {
  readonly connect: ConnectInstance;
  readonly instance: Instance;
  readonly connectTimeoutMs: number;
  readonly gpus: GpuCheckOptions;
  readonly signal?: AbortSignal | undefined;
}

/** Rejects with the signal's reason, with a KeyFormatError for a key of ours that nobody can read, and with bugs. */
export async function tryEnter(options: TryEnterOptions): Promise<Entered> {
  const { connect, instance, connectTimeoutMs, gpus, signal } = options;
  try {
    await using shell = await connect(instance, { timeoutMs: connectTimeoutMs, ...(signal && { signal }) });
    return { kind: 'entered', gpus: await checkGpus(shell, gpus) };
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof RemoteError) || error instanceof KeyFormatError) throw error;
    return { kind: 'not-entered', outcome: outcomeOf(error), message: error.message };
  }
}

function outcomeOf(error: RemoteError): SshOutcome {
  if (error instanceof HostKeyChangedError) return 'key-changed';
  if (error instanceof AuthRefusedError) return 'key-refused';
  if (error instanceof ConnectTimeoutError) return 'no-handshake';
  if (!(error instanceof ConnectRefusedError)) return 'broken';
  // A proxy without a tunnel behind it takes the connection and hangs up: the class does not tell that from a port on
  // which nothing listens.
  return /hung up before|broke off the SSH handshake/.test(error.message) ? 'no-handshake' : 'refused';
}
