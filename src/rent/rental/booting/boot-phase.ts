// Where a boot is, by what the service says of the instance.
import { statusOf } from '../watcher/index.ts';
import type { BootFacts, BootPhase } from './boot-facts.ts';
import { saysPulled } from './daemon-words.ts';

export function phaseOf(
  instance: BootFacts['instance'],
  { isPulled }: { readonly isPulled: boolean },
): BootPhase {
  switch (statusOf(instance)) {
    case 'creating':
      return 'provisioning';
    case 'loading':
      return isPulled || saysPulled(instance.statusMessage ?? '') ? 'starting' : 'pulling';
    case 'running':
      return 'connecting';
    case 'rebooting':
      return 'rebooting';
    case 'scheduling':
    case 'outbid':
      return 'queued';
    case 'unknown':
      return 'silent';
    case 'stopped':
    case 'exited':
    case 'failed':
    case 'lost':
      return 'ended';
  }
}
