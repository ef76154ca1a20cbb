// What the machine's daemon says when a boot is over before it began. Docker's words, by what each means.
import type { BootFailure } from './boot-failure.ts';

export interface FatalWords {
  readonly failure: BootFailure;
  /** What it means, as part of a sentence. */
  readonly why: string;
  readonly advice: string;
  /** Where they were found. */
  readonly line: string;
}

interface Kind {
  readonly failure: BootFailure;
  readonly pattern: RegExp;
  readonly why: string;
  readonly advice: string;
  /** The daemon may still get over it: it only explains a boot that has failed. */
  readonly isSurvivable?: true;
}

/** The first that matches counts: "denied" stands in the words for several of them. */
const KINDS: readonly Kind[] = [
  {
    failure: 'pull-limit',
    pattern: /toomanyrequests|pull rate limit|too many requests/i,
    why: "the registry's pull limit for this machine's address is used up",
    advice: 'take another machine, or give the registry login with the launch',
  },
  {
    failure: 'unauthorised',
    pattern:
      /pull access denied|requested access to the resource is denied|unauthori[sz]ed: |no basic auth credentials|authentication required/i,
    why: 'the registry does not let the image be pulled',
    advice: 'check its name, and give the registry login with the launch if it is private',
  },
  {
    failure: 'no-manifest',
    pattern:
      /manifest unknown|manifest for \S+ not found|no matching manifest|name unknown|repository \S+ not found|invalid reference format/i,
    why: 'there is no such image or tag',
    advice: 'check its name and tag',
  },
  {
    failure: 'no-space',
    pattern: /no space left on device|not enough (disk )?space|disk quota exceeded/i,
    why: 'the image does not fit on the disk',
    advice: 'rent with a larger disk, or take another machine',
  },
  {
    failure: 'port-bind',
    pattern: /port is already allocated|bind for \S+ failed|address already in use/i,
    why: 'a port of the machine is taken by somebody else',
    advice: 'take another machine',
  },
  {
    failure: 'container-start',
    pattern:
      /OCI runtime create failed|could not select device driver|nvidia-container-cli|failed to create (shim )?task|unknown or invalid runtime/i,
    why: "the machine's container runtime cannot start it",
    advice: 'take another machine',
    isSurvivable: true,
  },
];

/** A pull that goes on after a fault has got over it. */
const GOES_ON =
  /^(\S+ )?[0-9a-f]{12}: (Downloading|Download complete|Extracting|Pull complete|Already exists)|: Pulling from |^Status: (Downloaded newer image|Image is up to date)/i;

/** The last words that end a boot for good; none when the pull went on after them. */
export function fatalWords(lines: readonly string[]): FatalWords | undefined {
  for (const line of lines.toReversed()) {
    if (GOES_ON.test(line.trim())) return undefined;
    const found = explain(line);
    if (found && !found.isSurvivable) return found;
  }
  return undefined;
}

/** Why a boot failed that is known to have failed: words that a boot may survive count too. */
export function likelyWords(lines: readonly string[]): FatalWords | undefined {
  for (const line of lines.toReversed()) {
    const found = explain(line);
    if (found) return found;
  }
  return undefined;
}

function explain(line: string): (FatalWords & { readonly isSurvivable: boolean }) | undefined {
  const kind = KINDS.find(({ pattern }) => pattern.test(line));
  if (!kind) return undefined;
  const { failure, why, advice, isSurvivable = false } = kind;
  return { failure, why, advice, line: line.trim(), isSurvivable };
}

/** The tunnel from the proxy to the container did not come up: only a reboot makes it anew. */
export function saysTunnelFailed(lines: readonly string[]): boolean {
  return lines.some((line) => /port forwarding failed/i.test(line));
}

/** Pulled or found on the machine: the container is next. */
export function saysPulled(line: string): boolean {
  return /Status: (Downloaded newer image|Image is up to date)/i.test(line);
}
