// What Commander says of a mistake in the command line, as one sentence that shows how to go on.

/** `message` is Commander's; `command` the words of the command it is about, for example `vastdeck market report`. */
export function usageSentence(message: string, command: string): string {
  const [said = '', hint = ''] = message.replace(/^error: /, '').split('\n');
  const guess = /Did you mean (?:one of )?(.+)\?/.exec(hint)?.[1];
  const ask = guess ? `did you mean ${guess}?` : '';
  const help = `"${command} --help" lists what there is`;
  for (const [pattern, write] of SENTENCES) {
    const found = pattern.exec(said);
    if (found) return write(found, ask || `${help}.`, `${help}.`);
  }
  return `${said}${ask ? `; ${ask}` : `; ${help}.`}`;
}

/** Verbs of the official CLI, which fingers type by habit and which have no answer here. */
const OFFICIAL_VERBS: readonly string[] = [
  'attach',
  'cancel',
  'change',
  'create',
  'delete',
  'launch',
  'set',
  'update',
];

function unknownCommand(word: string, next: string): string {
  if (!OFFICIAL_VERBS.includes(word)) return `There is no command "${word}"; ${next}`;
  return `"${word}" is a verb of the official CLI that has no answer here; "vastdeck --help" lists what there is.`;
}

type Write = (found: RegExpExecArray, askOrHelp: string, help: string) => string;

const SENTENCES: readonly (readonly [pattern: RegExp, write: Write])[] = [
  [/^unknown command '(.*)'/, ([, word = ''], next) => unknownCommand(word, next)],
  [/^unknown option '(.*)'/, ([, flag], next) => `There is no option ${flag}; ${next}`],
  [
    /^option '(?:-\w, )?(--[\w-]+).*' argument '(.*)' is invalid. Allowed choices are (.+)\./,
    ([, flag, value, choices]) => `${flag} "${value}" is not known; it is one of ${choices}`,
  ],
  [
    /^option '(?:-\w, )?((--[\w-]+) .*)' argument missing/,
    ([, flags, flag], _next, help) => `${flag} needs a value: write ${flags}; ${help}`,
  ],
  [/^required option '(.*)' not specified/, ([, flags], _next, help) => `${flags} is missing; ${help}`],
  [/^missing required argument '(.*)'/, ([, name], _next, help) => `<${name}> is missing; ${help}`],
  [
    /^too many arguments.*got \d+: (.*)\./,
    ([, words], _next, help) => `Nothing can be done with "${words}" here; ${help}`,
  ],
];
