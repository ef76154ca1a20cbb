// The last stretch of a boot: it runs, and has to be entered. Keys come late, tunnels get stuck.
import { formatDuration } from '../../../base/std/index.ts';
import type { BootFacts, BootVerdict } from './boot-facts.ts';
import { sshSentence } from './boot-failure.ts';
import { saysTunnelFailed } from './daemon-words.ts';

/** An order to reboot that was lost with its sender is sent again after this. */
const REBOOT_AGAIN_MS = 60_000;
/** Between attachings of a key that is refused; doubles up to the longest. */
const ATTACH_FIRST_MS = 15_000;
const ATTACH_LONGEST_MS = 120_000;

/** Undefined: wait for the next try. */
export function judgeConnecting(facts: BootFacts): BootVerdict | undefined {
  const { nowMs, key, ssh, policy } = facts;
  const { last } = ssh;
  if (last?.outcome === 'key-changed') return sshGivenUp(facts);
  if (key.tries === 0) return { kind: 'attach-key' };
  const stuck = judgeTunnel(facts);
  if (stuck) return stuck;
  const isRefused = last?.outcome === 'key-refused';
  if (isRefused && nowMs - (key.askedAtMs ?? 0) >= attachWaitMs(key.tries)) return { kind: 'attach-key' };
  const isWindowOver = last !== undefined && last.atMs - ssh.windowFromMs >= policy.sshWindowMs;
  if (isWindowOver) return sshGivenUp(facts);
  return nowMs >= ssh.nextAtMs ? { kind: 'try-ssh' } : undefined;
}

function judgeTunnel({
  nowMs,
  ssh,
  policy,
  reboot,
  containerLines,
  instance,
}: BootFacts): BootVerdict | undefined {
  const { askedAtMs, doneAtMs } = reboot;
  if (doneAtMs !== undefined) return undefined;
  if (askedAtMs !== undefined) {
    // The order may have been sent by who died then: a container that is younger has been restarted.
    const isYounger = instance.uptimeMs !== null && instance.uptimeMs < nowMs - askedAtMs;
    if (isYounger || nowMs - askedAtMs < REBOOT_AGAIN_MS) return undefined;
    return { kind: 'reboot', reason: 'the order to reboot was lost' };
  }
  const { last } = ssh;
  if (!last) return undefined;
  const silentMs = last.atMs - last.sinceMs;
  if (last.outcome === 'no-handshake' && silentMs >= policy.stuckTunnelMs) {
    return {
      kind: 'reboot',
      reason: `its SSH port took connections and gave no handshake for ${formatDuration(silentMs)}`,
    };
  }
  const cannotEnter = last.outcome === 'no-handshake' || last.outcome === 'refused';
  if (cannotEnter && saysTunnelFailed(containerLines)) {
    return { kind: 'reboot', reason: 'its log says that port forwarding failed' };
  }
  return undefined;
}

/** After the first, third, seventh quarter of a minute and so on. */
function attachWaitMs(tries: number): number {
  return Math.min(ATTACH_LONGEST_MS, ATTACH_FIRST_MS * 2 ** (tries - 1));
}

export function sshGivenUp({ instance, ssh, nowMs, key, reboot }: BootFacts): BootVerdict {
  const ranMs = formatDuration(Math.max(0, nowMs - ssh.windowFromMs));
  const tries = `${ssh.tries} ${ssh.tries === 1 ? 'try' : 'tries'}`;
  const rebooted = reboot.doneAtMs === undefined ? '' : ' and a reboot';
  if (ssh.last?.outcome === 'key-changed') {
    const sentence = `Error connecting via SSH: ${ssh.last.message}`;
    return { kind: 'failed', cause: 'host-key-changed', sentence };
  }
  if (ssh.last?.outcome === 'key-refused') {
    const why = `refused the key for ${ranMs}, though it was attached ${key.tries} times (${ssh.last.message})`;
    const advice = 'check that the key is one of the account, or take another machine';
    return { kind: 'failed', cause: 'key-refused', sentence: sshSentence(instance.id, why, advice) };
  }
  const why = `runs and was not entered in ${ranMs} and ${tries}${rebooted} (${ssh.last?.message ?? 'it was never tried'})`;
  return { kind: 'failed', cause: 'ssh', sentence: sshSentence(instance.id, why, 'take another machine') };
}
