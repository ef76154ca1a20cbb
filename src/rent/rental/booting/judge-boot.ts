// What to do about a boot now: wait, try to enter, attach the key, reboot, or give it up. Decides and does nothing.
import { formatDuration } from '../../../base/std/index.ts';
import { statusOf } from '../watcher/index.ts';
import type { BootFacts, BootPhase, BootVerdict } from './boot-facts.ts';
import { startSentence } from './boot-failure.ts';
import { phaseOf } from './boot-phase.ts';
import { fatalWords, likelyWords } from './daemon-words.ts';
import { judgeConnecting, sshGivenUp } from './judge-connecting.ts';
import { phaseWords } from './phase-words.ts';
import { isSurelyTooSlow, leftOfPull, type Span, shareOf } from './pull-estimate.ts';

/** After the image is there: the container, its SSH server, our first handshake. */
const START: Span = { leastMs: 5_000, likelyMs: 30_000, mostMs: 180_000 };
const PROVISION: Span = { leastMs: 1_000, likelyMs: 10_000, mostMs: 60_000 };
/** A container that we restarted ends before it begins. */
const REBOOT_GRACE_MS = 120_000;

export function judgeBoot(facts: BootFacts): BootVerdict {
  const { instance, nowMs, begunAtMs, phaseSinceMs, policy, pull, ssh } = facts;
  const phase = phaseOf(instance, { isPulled: pull.last?.progress.isDone === true });
  const inPhaseMs = nowMs - phaseSinceMs;
  if (phase === 'ended') return judgeEnded(facts);
  if (phase === 'silent' && inPhaseMs >= policy.silenceGraceMs) {
    return failed(facts, 'lost', `its host has given no word for ${formatDuration(inPhaseMs)}`, ELSEWHERE);
  }
  if (phase === 'queued' && inPhaseMs >= policy.queueGraceMs) return queuedTooLong(facts, inPhaseMs);
  if (phase === 'provisioning' || phase === 'pulling' || phase === 'starting') {
    const words = fatalWords(allLines(facts));
    if (words) return failed(facts, words.failure, words.why, words.advice);
  }
  const deadlineMs = begunAtMs + policy.hardCapMs;
  // Who comes back after a long absence finds it running, and has not tried to enter it; its key may just be on its way.
  const isNew =
    phase === 'connecting' && (ssh.tries === 0 || nowMs - ssh.windowFromMs < policy.keyPatienceMs);
  if (nowMs >= deadlineMs && !isNew) {
    if (phase === 'connecting') return sshGivenUp(facts);
    const why = `it did not run within ${formatDuration(policy.hardCapMs)} (${phaseWords(phase)} since ${formatDuration(inPhaseMs)})`;
    return failed(facts, 'timeout', why, ELSEWHERE);
  }
  if (phase === 'connecting') {
    return judgeConnecting(facts) ?? waiting(facts, phase, START, lastTry(facts));
  }
  if (phase === 'pulling' && isSurelyTooSlow(pull, deadlineMs)) {
    const percent = Math.floor(100 * (pull.last ? (shareOf(pull.last.progress) ?? 0) : 0));
    const why = `after ${formatDuration(inPhaseMs)} only ${percent} % of the image is there, so that it cannot run within ${formatDuration(policy.hardCapMs)}`;
    return failed(facts, 'too-slow', why, ELSEWHERE);
  }
  return waiting(facts, phase, leftIn(phase, facts), undefined);
}

const ELSEWHERE = 'take another machine';

function judgeEnded(facts: BootFacts): BootVerdict {
  const { instance, nowMs, reboot } = facts;
  const status = statusOf(instance);
  const restartMs = nowMs - (reboot.askedAtMs ?? Number.NEGATIVE_INFINITY);
  if (status === 'exited' && restartMs < REBOOT_GRACE_MS) {
    return waiting(facts, 'rebooting', START, undefined);
  }
  const words = likelyWords(allLines(facts));
  if (words && status !== 'lost') return failed(facts, words.failure, words.why, words.advice);
  switch (status) {
    case 'failed':
      return failed(facts, 'boot-failed', 'the service gave the boot up', ELSEWHERE);
    case 'stopped':
      return failed(
        facts,
        'stopped',
        'it was stopped while it booted',
        'look for who did, or at the credit left',
      );
    case 'exited':
      return failed(
        facts,
        'exited',
        'its container ended by itself',
        "check what the image runs, with 'vd logs'",
      );
    default:
      return failed(facts, 'lost', 'its host is offline', ELSEWHERE);
  }
}

function queuedTooLong(facts: BootFacts, inPhaseMs: number): BootVerdict {
  const isOutbid = facts.instance.isInterruptible === true;
  const why = `its GPUs have been with ${isOutbid ? 'higher bids' : 'others'} for ${formatDuration(inPhaseMs)}`;
  return failed(facts, 'no-gpu', why, isOutbid ? 'bid more, or take another machine' : ELSEWHERE);
}

function failed(
  facts: BootFacts,
  cause: Extract<BootVerdict, { kind: 'failed' }>['cause'],
  why: string,
  advice: string,
): BootVerdict {
  const sentence = startSentence(facts.instance.id, { why, advice, lines: allLines(facts) });
  return { kind: 'failed', cause, sentence };
}

function waiting(facts: BootFacts, phase: BootPhase, left: Span, more: string | undefined): BootVerdict {
  const { nowMs, instance, begunAtMs, pull, policy } = facts;
  const share = phase === 'pulling' && pull.last ? shareOf(pull.last.progress) : undefined;
  const percent = share === undefined ? '' : ` (${Math.floor(100 * share)} %)`;
  const about = formatDuration(Math.max(1_000, Math.round(left.likelyMs / 1_000) * 1_000));
  const words = phaseWords(phase, instance.isInterruptible === true);
  return {
    kind: 'waiting',
    phase,
    words,
    pulledShare: share,
    expectedReadyAtMs: Math.round(nowMs + left.likelyMs),
    earliestReadyAtMs: Math.round(nowMs + left.leastMs),
    latestReadyAtMs: Math.round(Math.min(nowMs + left.mostMs, Math.max(nowMs, begunAtMs + policy.hardCapMs))),
    sentence: `Instance ${instance.id} is ${words}${percent}, ready in about ${about}${more ? `; ${more}` : ''}`,
  };
}

function leftIn(phase: BootPhase, { pull, nowMs }: BootFacts): Span {
  switch (phase) {
    case 'provisioning':
      return sum(PROVISION, sum(pull.expected, START));
    case 'queued':
    case 'silent':
      return sum(pull.expected, START);
    case 'pulling':
      return sum(leftOfPull(pull, nowMs), START);
    default:
      return START;
  }
}

/** The daemon's log, and its last message, which may be newer. */
function allLines({ daemonLines, instance }: BootFacts): readonly string[] {
  const message = (instance.statusMessage ?? '').split('\n').filter((line) => line.trim() !== '');
  const isThere = message.every((line) => daemonLines.includes(line));
  return isThere ? daemonLines : [...daemonLines, ...message];
}

function lastTry({ ssh, nowMs, policy }: BootFacts): string | undefined {
  if (!ssh.last) return undefined;
  const { outcome, message, sinceMs } = ssh.last;
  if (outcome === 'key-refused' && nowMs - sinceMs < policy.keyPatienceMs) {
    return 'its SSH server does not know the key yet, which is usual in the first minute';
  }
  return `try ${ssh.tries} to enter it: ${message}`;
}

function sum(a: Span, b: Span): Span {
  return {
    leastMs: a.leastMs + b.leastMs,
    likelyMs: a.likelyMs + b.likelyMs,
    mostMs: a.mostMs + b.mostMs,
  };
}
