// What vastdeck.yaml says of one run: its log, its group, and from where on it is not well.
import type { HealthLimits, LossLimits } from '../../../rent/training/index.ts';
import { isOfPattern } from './name-pattern.ts';
import type { VastdeckYamlShape } from './yaml-schema.ts';

export interface NamedRun {
  /** Everything by which it may be meant: name, label, job, instance id. Empty ones are left out of account. */
  readonly names: readonly (string | null | undefined)[];
  /** Its job's group; default what `groups` says. */
  readonly group?: string | null | undefined;
}

export type LogPlace =
  /** Relative paths begin in the instance's workspace. */
  { readonly kind: 'file' | 'glob'; readonly path: string };

type Rules = Pick<VastdeckYamlShape, 'logs' | 'groups' | 'thresholds' | 'training'>;

/** The group of the first rule that its names match; undefined where none does. */
export function groupFor(
  rules: Pick<Rules, 'groups'>,
  { names }: Pick<NamedRun, 'names'>,
): string | undefined {
  return rules.groups.find(({ match }) => isAny(names, match))?.group;
}

/** Where its log is, by the first rule that it matches; undefined where none does. */
export function logFor(rules: Pick<Rules, 'logs' | 'groups'>, run: NamedRun): LogPlace | undefined {
  const rule = rules.logs.find((each) => isMeant(each, run, rules));
  if (rule?.file !== undefined) return { kind: 'file', path: rule.file };
  return rule?.glob === undefined ? undefined : { kind: 'glob', path: rule.glob };
}

/** The limits of `training`, with those of every rule that it matches over them, in the order of the file. */
export function thresholdsFor(
  rules: Pick<Rules, 'thresholds' | 'groups' | 'training'>,
  run: NamedRun,
): { readonly health: HealthLimits; readonly loss: LossLimits } {
  const meant = rules.thresholds.filter((each) => isMeant(each, run, rules));
  return {
    health: Object.assign({}, rules.training.health, ...meant.map(({ health }) => health)),
    loss: Object.assign({}, rules.training.loss, ...meant.map(({ loss }) => loss)),
  };
}

/** A rule that names both wants both. */
function isMeant(
  rule: { readonly match?: readonly string[] | undefined; readonly group?: readonly string[] | undefined },
  run: NamedRun,
  rules: Pick<Rules, 'groups'>,
): boolean {
  if (rule.match !== undefined && !isAny(run.names, rule.match)) return false;
  return rule.group === undefined || isAny([run.group ?? groupFor(rules, run)], rule.group);
}

function isAny(names: NamedRun['names'], patterns: readonly string[]): boolean {
  return names.some((name) => name && patterns.some((pattern) => isOfPattern(name, pattern)));
}
