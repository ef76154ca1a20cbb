// What zod says of vastdeck.yaml, as sentences. No sentence repeats a value of the sections that hold secrets.
import type { z } from 'zod';
import { type Finding, formatPath, quoteValue, unknownKey, valueAt } from '../../../base/yaml/index.ts';
import { settingKeysAt } from './json-schema.ts';

type Issue = z.core.$ZodIssue;

export function settingFindings(issues: readonly Issue[], input: unknown): readonly Finding[] {
  return issues.flatMap((issue) => findingsOf(issue, issue.path, input));
}

function findingsOf(issue: Issue, path: readonly PropertyKey[], input: unknown): readonly Finding[] {
  if (issue.code === 'unrecognized_keys') {
    const known = settingKeysAt(path, input);
    return issue.keys.map((key) => ({
      path: [...path, key],
      at: 'key',
      sentence: unknownKey(key, path, { known, what: 'vastdeck.yaml' }),
    }));
  }
  if (issue.code === 'invalid_union') {
    // The one form that was meant: the others fail at once, by the kind of the value.
    const meant = issue.errors.filter((branch) => branch.some(({ path: inner }) => inner.length > 0));
    const [branch] = meant;
    if (branch && meant.length === 1)
      return branch.flatMap((inner) => findingsOf(inner, [...path, ...inner.path], input));
  }
  const name = formatPath(path);
  if (issue.code === 'invalid_key') {
    const holder = formatPath(path.slice(0, -1));
    const must = issue.issues.map(mustBe).join(', and ');
    return [{ path, at: 'key', sentence: `${quoteValue(String(path.at(-1)))} in ${holder} ${must}` }];
  }
  const value = valueAt(input, path);
  const must = mustBe(issue);
  if (value === undefined) return [{ path, at: 'value', sentence: `${name} is missing; it ${must}` }];
  if (isSection(value) || isPrivate(path))
    return [{ path, at: path.length > 0 ? 'key' : 'value', sentence: `${name || 'vastdeck.yaml'} ${must}` }];
  const found = value === null ? 'empty' : quoteValue(value);
  return [{ path, at: 'value', sentence: `${name || 'vastdeck.yaml'} is ${found}; it ${must}` }];
}

/** Tokens, topics and addresses with keys in them stand there. */
function isPrivate([section]: readonly PropertyKey[]): boolean {
  return section === 'notify' || section === 'heartbeat_url';
}

function isSection(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a section of keys and values',
  record: 'a section of keys and values',
};

/** `must be …`, of whatever zod has to say. */
function mustBe(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${KINDS[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}`;
    case 'too_small':
    case 'too_big':
      return ofSize(issue);
    case 'invalid_union': {
      const kinds = 'options' in issue && Array.isArray(issue.options) ? issue.options : [];
      return kinds.length > 0 ? `must be one of ${kinds.map(String).join(', ')}` : issue.message;
    }
    default:
      // Our own sentences.
      return issue.message.startsWith('must ') ? issue.message : `cannot be used: ${issue.message}`;
  }
}

function ofSize(issue: Extract<Issue, { code: 'too_small' | 'too_big' }>): string {
  const unit = issue.origin === 'string' ? ' characters' : issue.origin === 'array' ? ' entries' : '';
  const verb = unit === '' ? 'be' : 'have';
  if (issue.code === 'too_big') return `must ${verb} at most ${issue.maximum}${unit}`;
  if (unit !== '' && issue.minimum === 1) return 'must not be empty';
  return `must ${verb} ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}${unit}`;
}
