// Every key of the screen, once: what is pressed is looked up here, and the help is drawn from here.
import type { Screen } from '../state/screen-state.ts';

export const COMMANDS = [
  'up',
  'down',
  'page-up',
  'page-down',
  'first',
  'last',
  'run-before',
  'run-after',
  'group-after',
  'group-before',
  'open',
  'back',
  'show-overview',
  'show-logs',
  'show-charts',
  'show-events',
  'show-run',
  'filter',
  'sort-column',
  'sort-direction',
  'choose-columns',
  'mark',
  'mark-all',
  'unmark-all',
  'follow',
  'wrap',
  'search',
  'match-after',
  'match-before',
  'log-filter',
  'log-scope',
  'clear-logs',
  'next-source',
  'chart-before',
  'chart-after',
  'zoom-in',
  'zoom-out',
  'pan-older',
  'pan-newer',
  'log-scale',
  'smoothing',
  'stop',
  'destroy',
  'label',
  'fetch',
  'attach-key',
  'refresh',
  'pause',
  'save',
  'help',
  'quit',
  'suspend',
  'redraw',
] as const;
export type Command = (typeof COMMANDS)[number];

export const KEY_GROUPS = ['Move', 'Look', 'Table', 'Logs', 'Charts', 'Act', 'Program'] as const;
export type KeyGroup = (typeof KEY_GROUPS)[number];

export interface KeyBinding {
  readonly command: Command;
  readonly keys: readonly string[];
  readonly group: KeyGroup;
  readonly help: string;
  /** Where it works; default everywhere. */
  readonly screens?: readonly Screen[];
  /** In the line at the bottom, in as few letters as can be. */
  readonly hint?: string;
  /** Not there with --read-only. */
  readonly isAct?: boolean;
}

const TABLE: readonly Screen[] = ['overview'];
const LOGS: readonly Screen[] = ['overview', 'logs', 'run'];
const CHARTS: readonly Screen[] = ['overview', 'charts', 'run'];

export const KEY_TABLE: readonly KeyBinding[] = [
  { command: 'up', keys: ['up', 'k'], group: 'Move', help: 'run, line, chart or event before' },
  { command: 'down', keys: ['down', 'j'], group: 'Move', help: 'the one after' },
  {
    command: 'page-up',
    keys: ['page-up', 'ctrl-b'],
    group: 'Move',
    help: 'a page back; in logs on into what is kept',
  },
  { command: 'page-down', keys: ['page-down', 'ctrl-f'], group: 'Move', help: 'a page on' },
  { command: 'first', keys: ['home', 'g'], group: 'Move', help: 'first run, oldest line' },
  { command: 'last', keys: ['end', 'G'], group: 'Move', help: 'last run, newest line' },
  { command: 'run-before', keys: ['['], group: 'Move', help: 'run before, on every screen' },
  { command: 'run-after', keys: [']'], group: 'Move', help: 'run after' },
  { command: 'group-after', keys: ['tab'], group: 'Move', help: 'next group', hint: 'group' },
  { command: 'group-before', keys: ['shift-tab'], group: 'Move', help: 'group before' },
  {
    command: 'open',
    keys: ['enter'],
    group: 'Look',
    help: 'this run in detail; in charts: one alone',
    hint: 'detail',
  },
  { command: 'back', keys: ['escape'], group: 'Look', help: 'back; on the overview: no filter, no marks' },
  { command: 'show-overview', keys: ['1'], group: 'Look', help: 'table, logs and charts' },
  { command: 'show-logs', keys: ['2'], group: 'Look', help: 'logs', hint: 'logs' },
  { command: 'show-charts', keys: ['3'], group: 'Look', help: 'charts of every figure', hint: 'charts' },
  { command: 'show-events', keys: ['4'], group: 'Look', help: 'what has happened', hint: 'events' },
  { command: 'show-run', keys: ['5'], group: 'Look', help: 'one run in detail' },
  {
    command: 'filter',
    keys: ['/'],
    group: 'Table',
    help: 'filter runs: word !word field:word loss>2 ~fuzzy',
    screens: ['overview', 'charts', 'events'],
    hint: 'filter',
  },
  {
    command: 'sort-column',
    keys: ['o'],
    group: 'Table',
    help: 'sort by the next column',
    screens: TABLE,
    hint: 'sort',
  },
  { command: 'sort-direction', keys: ['O'], group: 'Table', help: 'turn the order round', screens: TABLE },
  { command: 'choose-columns', keys: ['C'], group: 'Table', help: 'choose columns', screens: TABLE },
  {
    command: 'mark',
    keys: ['space'],
    group: 'Table',
    help: 'mark the run and go on',
    screens: TABLE,
    hint: 'mark',
  },
  { command: 'mark-all', keys: ['*'], group: 'Table', help: 'mark all that are shown', screens: TABLE },
  { command: 'unmark-all', keys: ['U'], group: 'Table', help: 'no marks', screens: TABLE },
  {
    command: 'follow',
    keys: ['f'],
    group: 'Logs',
    help: 'hold the lines, or follow the newest',
    screens: LOGS,
  },
  { command: 'wrap', keys: ['w'], group: 'Logs', help: 'break long lines', screens: LOGS },
  {
    command: 'search',
    keys: ['/'],
    group: 'Logs',
    help: 'search lines',
    screens: ['logs', 'run'],
    hint: 'search',
  },
  {
    command: 'match-after',
    keys: ['n'],
    group: 'Logs',
    help: 'match before, that is older',
    screens: ['logs', 'run'],
  },
  {
    command: 'match-before',
    keys: ['N'],
    group: 'Logs',
    help: 'match after, that is newer',
    screens: ['logs', 'run'],
  },
  { command: 'log-filter', keys: ['&'], group: 'Logs', help: 'show only lines with a word', screens: LOGS },
  {
    command: 'log-scope',
    keys: ['a'],
    group: 'Logs',
    help: 'this run, or the last lines of all',
    screens: LOGS,
  },
  {
    command: 'clear-logs',
    keys: ['c'],
    group: 'Logs',
    help: 'clear the lines that are shown',
    screens: LOGS,
  },
  {
    command: 'next-source',
    keys: ['t'],
    group: 'Logs',
    help: 'take lines from the next source',
    screens: LOGS,
  },
  { command: 'chart-before', keys: ['left', 'h'], group: 'Charts', help: 'chart before', screens: CHARTS },
  { command: 'chart-after', keys: ['right', 'l'], group: 'Charts', help: 'chart after', screens: CHARTS },
  { command: 'zoom-in', keys: ['+', '='], group: 'Charts', help: 'zoom in', screens: CHARTS },
  { command: 'zoom-out', keys: ['-', '_'], group: 'Charts', help: 'zoom out', screens: CHARTS },
  { command: 'pan-older', keys: ['<', ','], group: 'Charts', help: 'to older points', screens: CHARTS },
  { command: 'pan-newer', keys: ['>', '.'], group: 'Charts', help: 'to newer points', screens: CHARTS },
  { command: 'log-scale', keys: ['y'], group: 'Charts', help: 'logarithmic scale', screens: CHARTS },
  {
    command: 'smoothing',
    keys: ['m'],
    group: 'Charts',
    help: 'smooth more, then not at all',
    screens: CHARTS,
  },
  {
    command: 'stop',
    keys: ['x'],
    group: 'Act',
    help: 'stop the machine; its disk stays and costs',
    isAct: true,
  },
  { command: 'destroy', keys: ['D'], group: 'Act', help: 'park, and destroy after ten minutes', isAct: true },
  { command: 'label', keys: ['L'], group: 'Act', help: 'give another name', isAct: true },
  { command: 'fetch', keys: ['F'], group: 'Act', help: 'fetch what the job has made so far', isAct: true },
  {
    command: 'attach-key',
    keys: ['K'],
    group: 'Act',
    help: 'put our SSH key on a machine that lets nobody in',
    isAct: true,
  },
  {
    command: 'refresh',
    keys: ['r', 'ctrl-r'],
    group: 'Program',
    help: 'ask everything again now',
    hint: 'refresh',
  },
  { command: 'pause', keys: ['p'], group: 'Program', help: 'pause: nothing new is asked', hint: 'pause' },
  { command: 'save', keys: ['S'], group: 'Program', help: 'save this screen as SVG and as text' },
  { command: 'redraw', keys: ['ctrl-l'], group: 'Program', help: 'draw the whole screen again' },
  { command: 'suspend', keys: ['ctrl-z'], group: 'Program', help: 'to the shell; "fg" comes back' },
  { command: 'help', keys: ['?'], group: 'Program', help: 'this help', hint: 'help' },
  {
    command: 'quit',
    keys: ['q', 'ctrl-c'],
    group: 'Program',
    help: 'quit; everything goes on running',
    hint: 'quit',
  },
];

/** Undefined where the key means nothing on the screen. */
export function findBinding(key: string, screen: Screen): KeyBinding | undefined {
  return KEY_TABLE.find(({ keys, screens }) => keys.includes(key) && (screens?.includes(screen) ?? true));
}

const SHOWN: Readonly<Record<string, string>> = {
  'page-up': 'PgUp',
  'page-down': 'PgDn',
  'shift-tab': 'S-Tab',
  up: 'Up',
  down: 'Down',
  left: 'Left',
  right: 'Right',
  home: 'Home',
  end: 'End',
  enter: 'Enter',
  escape: 'Esc',
  tab: 'Tab',
  space: 'Space',
};

/** As a person knows the key: `PgUp`, `^R`, `q`. */
export function keyText(key: string): string {
  const control = /^ctrl-(.)$/.exec(key);
  return control ? `^${(control[1] as string).toUpperCase()}` : (SHOWN[key] ?? key);
}
