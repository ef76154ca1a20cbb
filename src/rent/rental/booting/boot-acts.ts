// What a boot does to an instance by the API. Both may be done twice without harm; what fails is tried again later.
import type { Log } from '../../../base/std/index.ts';
import type { Instance, VastClient } from '../../../net/vast/index.ts';
import type { Rental } from '../records/index.ts';

export interface BootTarget {
  readonly rental: Rental;
  readonly instance: Instance;
  readonly signal: AbortSignal | undefined;
}

export interface BootActs {
  /** `isAnew`: what is attached already is taken off first, because attaching it once more may do nothing. */
  attach(target: BootTarget, options: { readonly isAnew: boolean }): Promise<void>;
  /** Whether the service took the order. */
  reboot(target: BootTarget, reason: string): Promise<boolean>;
}

/** Both reject with the signal's reason alone. */
export function createBootActs({
  client,
  log,
}: {
  readonly client: Pick<VastClient, 'instances'>;
  readonly log: Log;
}): BootActs {
  return {
    async attach({ rental, instance, signal }, { isAnew }) {
      const { sshPublicKey } = rental.launch;
      const { sshKeys } = client.instances;
      const options = { priority: 'controller', signal } as const;
      if (sshPublicKey === '') return;
      try {
        if (isAnew) {
          const attached = await sshKeys.list(instance.id, options);
          const same = attached.filter(({ publicKey }) => isSameKey(publicKey, sshPublicKey));
          for (const { id } of same) await sshKeys.detach(instance.id, id, options);
        }
        await sshKeys.attach(instance.id, sshPublicKey, options);
        log.info('ssh key attached', { rental: rental.id, instance: instance.id });
      } catch (error) {
        signal?.throwIfAborted();
        // What onstart appended may do; else the refusals that follow lead back here.
        log.warn('the ssh key could not be attached', { instance: instance.id, error: String(error) });
      }
    },
    async reboot({ rental, instance, signal }, reason) {
      log.warn('a boot is stuck: rebooting', { rental: rental.id, instance: instance.id, reason });
      try {
        await client.instances.reboot(instance.id, { priority: 'controller', signal });
        return true;
      } catch (error) {
        signal?.throwIfAborted();
        log.warn('the reboot was refused or lost', { instance: instance.id, error: String(error) });
        return false;
      }
    },
  };
}

/** Type and key; comments may differ. */
function isSameKey(a: string, b: string): boolean {
  const bare = (line: string) => line.trim().split(/\s+/).slice(0, 2).join(' ');
  return bare(a) === bare(b);
}
