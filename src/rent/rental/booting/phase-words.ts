// What an instance does in each phase of its boot, to stand behind "is".
import type { BootPhase } from './boot-facts.ts';

const PHASE_WORDS: Readonly<Record<BootPhase, string>> = {
  provisioning: 'being provisioned',
  pulling: 'pulling its image',
  starting: 'starting its container',
  connecting: 'running',
  rebooting: 'rebooting',
  queued: 'waiting for its GPUs',
  silent: 'without a word from its host',
  ended: 'ended',
};

export function phaseWords(phase: BootPhase, isInterruptible = false): string {
  return phase === 'queued' && isInterruptible ? 'outbid, and waits for its GPUs' : PHASE_WORDS[phase];
}
