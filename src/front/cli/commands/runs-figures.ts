// The figures of a kept run as a person compares them: with the best of each, by what vastdeck.yaml or its name says is good.
import type { CustomMetric, GoodDirection } from '../../../rent/training/index.ts';
import type { KeptRunDetail } from '../../http/protocol.ts';

type Told = KeptRunDetail['figures'][number];

export interface NameFigures extends Omit<Told, 'first' | 'last'> {
  /** Both may be NaN or infinite. */
  readonly first: number | null;
  readonly last: number | null;
  /** The least or greatest, as is good; null where neither is, or where no value was finite. */
  readonly best: number | null;
  readonly bestStep: number | null;
  readonly good: 'up' | 'down' | null;
}

const GOOD: Readonly<Record<string, 'up' | 'down'>> = {
  loss: 'down',
  val_loss: 'down',
  step_s: 'down',
  throughput: 'up',
};

export function figuresOf(
  { figures }: Pick<KeptRunDetail, 'figures'>,
  custom: readonly CustomMetric[] = [],
): readonly NameFigures[] {
  return figures.map((told) => {
    const good = goodOf(told.name, custom);
    return {
      ...told,
      first: numberOf(told.first),
      last: numberOf(told.last),
      best: good === null ? null : good === 'down' ? told.min : told.max,
      bestStep: good === null ? null : good === 'down' ? told.minStep : told.maxStep,
      good,
    };
  });
}

/** NaN and infinities come by their names. */
export function numberOf(told: number | string | null): number | null {
  return told === null ? null : Number(told);
}

function goodOf(name: string, custom: readonly CustomMetric[]): 'up' | 'down' | null {
  const own: GoodDirection | undefined = custom.find(
    (metric) => metric.name === name || `custom/${metric.name}` === name,
  )?.good;
  if (own === 'none') return null;
  return own ?? GOOD[name] ?? null;
}
