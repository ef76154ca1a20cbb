// Lines that tell of the run's end or of a pause, whatever the format.
import type { Pause } from './log-events.ts';

export type Sign =
  | { readonly kind: 'out-of-memory' | 'failed' | 'finished' }
  | { readonly kind: 'pause'; readonly pause: Pause }
  | { readonly kind: 'checkpoint'; readonly path: string | undefined; readonly step: number | undefined };

/** One look for anything that may be a sign: most lines end here. */
const HINT =
  /memory|RESOURCE_EXHAUSTED|oom|Traceback|Error|Exception|fault|core dumped|SIG(?:KILL|SEGV|TERM|ABRT)|[Cc]heckpoint|[Ss]av(?:ed|ing)|[Tt]raining (?:is )?(?:complete|finish|done)|[Ff]inished [Tt]raining|[Dd]one training|[Ee]valuat|[Vv]alidat/;

const OUT_OF_MEMORY =
  /CUDA out of memory|CUDA error: out of memory|OutOfMemoryError|CUBLAS_STATUS_ALLOC_FAILED|RESOURCE_EXHAUSTED|Out of memory: Killed process|oom-kill|DefaultCPUAllocator: can't allocate memory|HIP out of memory/;
const FAILED =
  /^\s*(?:Traceback \(most recent call last\)|(?:[a-z_]+\.)*[A-Z]\w*(?:Error|Exception|Interrupt)(?::|$)|Segmentation fault|Bus error|Fatal Python error|Aborted \(core dumped\))|ChildFailedError|exited with exit code [1-9]|received SIG(?:KILL|SEGV|ABRT|TERM)/;
const FINISHED =
  /^(?:\W|\[[^\]]*\])*(?:[Tt]raining (?:is )?(?:completed?|finished|done)\b|[Ff]inished [Tt]raining|[Dd]one training)/;
const SAVED =
  /(?:[Ss]aved|[Ss]aving|[Ww]rote|[Ww]ritten|[Dd]umped)\b.{0,40}?\b(?:checkpoint|model|state|weights)\b(?:.{0,20}?\b(?:to|at|in)\b[ :]+['"]?([^\s'"]+))?|[Cc]heckpoint.{0,30}?\b(?:saved|written)\b(?:.{0,20}?\b(?:to|at|in)\b[ :]+['"]?([^\s'"]+))?/;
const EVALUATES =
  /^(?:\W|\[[^\]]*\])*(?:[Rr]unning |[Ss]tarting |[Bb]egin(?:ning)? )?(?:[Ee]valuat(?:ing|ion)|[Vv]alidat(?:ing|ion))\b(?!.*\d\.\d)/;
/** Longer lines are dumps, and a sign stands near the start. */
const LOOK_AT = 400;

/** What a line that has no figures tells; null for nothing. */
export function signOf(line: string): Sign | null {
  const text = line.length > LOOK_AT ? line.slice(0, LOOK_AT) : line;
  if (!HINT.test(text)) return null;
  if (OUT_OF_MEMORY.test(text)) return { kind: 'out-of-memory' };
  if (FAILED.test(text)) return { kind: 'failed' };
  if (FINISHED.test(text)) return { kind: 'finished' };
  const saved = SAVED.exec(text);
  if (saved) {
    const path = saved[1] ?? saved[2];
    // It has only begun, and a later line will tell where it is.
    if (path === undefined && /[Ss]aving/.test(saved[0])) return { kind: 'pause', pause: 'checkpoint' };
    const step =
      path === undefined ? undefined : /(?:step|checkpoint|iter|ckpt)[-_=]?0*(\d+)/i.exec(path)?.[1];
    return { kind: 'checkpoint', path, step: step === undefined ? undefined : Number(step) };
  }
  return EVALUATES.test(text) ? { kind: 'pause', pause: 'evaluation' } : null;
}
