// One line of a .gitignore, exactly as git reads it: byte by byte, with its own rules for `**`, brackets and blanks.
// (gitignore(5), and the behaviour of git's wildmatch with WM_PATHNAME; checked against `git check-ignore`.)

export interface IgnorePattern {
  /** `!`: takes back what earlier patterns ignore. */
  readonly isNegated: boolean;
  /** A slash at the end: matches folders only. */
  readonly isFolderOnly: boolean;
  /** `path` is relative to the folder of the ignore file, without a slash at either end, its bytes as Latin-1. */
  matches(path: string): boolean;
}

/** Names as git compares them: the bytes of their UTF-8, one character each. */
export function asBytes(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** The patterns of a whole file, in order. */
export function parseIgnoreFile(content: string): readonly IgnorePattern[] {
  return content
    .replace(/^\uFEFF/, '')
    .split('\n')
    .flatMap((line) => parsePattern(line.replace(/\r$/, '')) ?? []);
}

/** Undefined for blank lines, comments and what can never match. */
function parsePattern(line: string): IgnorePattern | undefined {
  if (line.startsWith('#')) return undefined;
  let glob = asBytes(withoutTrailingBlanks(line));
  const isNegated = glob.startsWith('!');
  if (isNegated) glob = glob.slice(1);
  const isFolderOnly = glob.endsWith('/');
  if (isFolderOnly) glob = glob.slice(0, -1);
  // A slash anywhere else ties the pattern to the folder; without, it is compared with the last name.
  const isAnchored = glob.includes('/');
  if (glob.startsWith('/')) glob = glob.slice(1);
  if (glob === '') return undefined;
  const source = translate(glob, isAnchored ? 'path' : 'name');
  if (source === undefined) return undefined;
  const whole = new RegExp(`^${source}$`, 's');
  const matches = isAnchored
    ? (path: string) => whole.test(path)
    : (path: string) => whole.test(path.slice(path.lastIndexOf('/') + 1));
  return { isNegated, isFolderOnly, matches };
}

/** A backslash before it keeps the last blank. */
function withoutTrailingBlanks(line: string): string {
  let end = 0;
  for (let at = 0; at < line.length; at += 1) {
    if (line[at] === '\\') at += 1;
    else if (line[at] === ' ') continue;
    end = Math.min(at + 1, line.length);
  }
  return line.slice(0, end);
}

/** A glob over whole paths below a folder, as an anchored line of a .gitignore; undefined when it is malformed. */
export function compileGlob(glob: string): ((path: string) => boolean) | undefined {
  const source = translate(asBytes(glob.replace(/^\/|\/$/g, '')), 'path');
  if (source === undefined) return undefined;
  const whole = new RegExp(`^${source}$`, 's');
  return (path) => whole.test(asBytes(path));
}

/**
 * The glob as the source of a regular expression; undefined when it is malformed, which matches nothing. git compares
 * the text before a path's first wildcard by itself and begins the rest anew, so that `**` stands at the beginning
 * there: `a**` + `/b` ignores `a/c/b`.
 */
function translate(glob: string, kind: 'path' | 'name'): string | undefined {
  const firstWildcard = kind === 'path' ? glob.search(/[*?[\\]/) : -1;
  let source = '';
  for (let at = 0; at < glob.length; ) {
    const char = glob[at] as string;
    if (char === '*') {
      const stars = /^\*+/.exec(glob.slice(at))?.[0].length ?? 1;
      const next = at + stars;
      const isComponent =
        stars > 1 &&
        (at === 0 || glob[at - 1] === '/' || at === firstWildcard) &&
        (next === glob.length || glob[next] === '/' || glob.startsWith('\\/', next));
      if (isComponent && glob[next] === '/') {
        source += '(?:.*/)?';
        at = next + 1;
      } else {
        source += isComponent ? '.*' : '[^/]*';
        at = next;
      }
    } else if (char === '?') {
      source += '[^/]';
      at += 1;
    } else if (char === '[') {
      const set = readSet(glob, at);
      if (!set) return undefined;
      source += set.source;
      at = set.end;
    } else if (char === '\\') {
      const escaped = glob[at + 1];
      if (escaped === undefined) return undefined;
      source += literal(escaped);
      at += 2;
    } else {
      source += literal(char);
      at += 1;
    }
  }
  return source;
}

function literal(char: string): string {
  return /[\w/]/.test(char) ? char : `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`;
}

const CLASSES: Readonly<Record<string, RegExp>> = {
  alnum: /[A-Za-z0-9]/,
  alpha: /[A-Za-z]/,
  blank: /[ \t]/,
  cntrl: /[^ -~\x80-\xff]/,
  digit: /[0-9]/,
  graph: /[\x21-\x7e]/,
  lower: /[a-z]/,
  print: /[\x20-\x7e]/,
  punct: /[!-/:-@[-`{-~]/,
  space: /[ \t\n\v\f\r]/,
  upper: /[A-Z]/,
  xdigit: /[A-Fa-f0-9]/,
};

/** A bracket expression that begins at `start`, as the set of its bytes; undefined where it does not end. */
function readSet(glob: string, start: number): { readonly source: string; readonly end: number } | undefined {
  const isIn = Array.from({ length: 256 }, () => false);
  let at = start + 1;
  const isNegated = glob[at] === '!' || glob[at] === '^';
  if (isNegated) at += 1;
  let previous: number | undefined;
  // The first character is itself, also a closing bracket.
  for (let isFirst = true; isFirst || glob[at] !== ']'; isFirst = false) {
    let char = glob[at];
    if (char === undefined) return undefined;
    if (char === '-' && previous !== undefined && glob[at + 1] !== undefined && glob[at + 1] !== ']') {
      at += 1;
      if (glob[at] === '\\') at += 1;
      char = glob[at];
      if (char === undefined) return undefined;
      for (let byte = previous; byte <= char.charCodeAt(0); byte += 1) isIn[byte] = true;
      previous = undefined;
    } else if (char === '[' && glob[at + 1] === ':') {
      const close = glob.indexOf(']', at + 2);
      if (close < 0) return undefined;
      if (close - 1 < at + 2 || glob[close - 1] !== ':') {
        isIn[char.charCodeAt(0)] = true;
        previous = char.charCodeAt(0);
      } else {
        const set = CLASSES[glob.slice(at + 2, close - 1)];
        if (!set) return undefined;
        for (let byte = 0; byte < 128; byte += 1) if (set.test(String.fromCharCode(byte))) isIn[byte] = true;
        at = close;
        previous = undefined;
      }
    } else {
      if (char === '\\') {
        at += 1;
        char = glob[at];
        if (char === undefined) return undefined;
      }
      isIn[char.charCodeAt(0)] = true;
      previous = char.charCodeAt(0);
    }
    at += 1;
  }
  const bytes = isIn.flatMap((is, byte) => (is !== isNegated && byte !== 0x2f ? [byte] : []));
  const source = bytes.map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
  // An empty set matches nothing, which `(?!)` says.
  return { source: source === '' ? '(?!)' : `[${source}]`, end: at + 1 };
}
