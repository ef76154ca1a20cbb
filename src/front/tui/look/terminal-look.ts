// What the terminal can show, read from the environment that it sets; people's wishes go before it.
import type { ColourDepth } from './paint.ts';

export interface TerminalLook {
  readonly depth: ColourDepth;
  readonly hasUnicode: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** NO_COLOR as no-color.org has it: any value but the empty one. */
export function terminalLook(env: Environment): TerminalLook {
  return { depth: depthOf(env), hasUnicode: hasUnicode(env) };
}

function depthOf(env: Environment): ColourDepth {
  const term = env.TERM ?? '';
  if (env.NO_COLOR || term === 'dumb') return 'none';
  const forced = env.FORCE_COLOR;
  if (forced === '0' || forced === 'false') return 'none';
  if (forced === '3' || /^(truecolor|24bit)$/i.test(env.COLORTERM ?? '')) return 'true';
  if (forced === '2' || /-256(color)?$|-direct$|^(tmux|screen|alacritty|xterm-kitty)/.test(term)) {
    return term.endsWith('-direct') || term === 'xterm-kitty' ? 'true' : '256';
  }
  // Windows Terminal sets no TERM.
  return env.WT_SESSION ? 'true' : '16';
}

function hasUnicode(env: Environment): boolean {
  if (env.TERM === 'linux') return false;
  if (env.WT_SESSION) return true;
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || '';
  return /utf-?8/i.test(locale);
}
