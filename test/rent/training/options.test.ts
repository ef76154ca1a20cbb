// What a user may write of training into his configuration.
import { describe, expect, it } from 'vitest';
import { HEALTH_LIMITS, LOSS_LIMITS, trainingOptionsSchema } from '../../../src/rent/training/index.ts';
import { parsed } from './a-log.ts';

const faultsOf = (value: unknown): readonly string[] => {
  const result = trainingOptionsSchema.safeParse(value);
  return result.success
    ? []
    : result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
};

describe('the settings of training', () => {
  it('are the defaults where nothing is said', () => {
    expect(trainingOptionsSchema.parse({})).toEqual({
      metrics: [],
      templates: [],
      health: HEALTH_LIMITS,
      loss: LOSS_LIMITS,
    });
  });

  it('give metrics and templates that the parser takes as they are', () => {
    const { metrics, templates } = trainingOptionsSchema.parse({
      metrics: [
        { name: 'reward', pattern: 'reward=([\\d.]+)', unit: 'pt', aggregation: 'max', good: 'up' },
        { name: 'eval/acc', path: '$.eval.acc' },
      ],
      templates: { mine: 'it {step} L {loss}' },
    });
    const log = parsed('it 3 L 0.5 reward=7\n{"eval": {"acc": 0.25}}\n', { custom: metrics, templates });
    expect(log.state).toMatchObject({
      format: 'mine',
      figures: { step: 3, custom: { reward: 7, 'eval/acc': 0.25 } },
    });
    expect(metrics[0]).toMatchObject({ unit: 'pt', aggregation: 'max', good: 'up' });
  });

  it('change some limits and leave the others', () => {
    const { health, loss } = trainingOptionsSchema.parse({ health: { hungAfter: '15m' }, loss: { zMax: 5 } });
    expect(health).toEqual({ ...HEALTH_LIMITS, hungAfterMs: 900_000 });
    expect(loss).toEqual({ ...LOSS_LIMITS, zMax: 5 });
  });

  it('are refused with all their faults at once', () => {
    const faults = faultsOf({
      metrics: [
        { name: 'a', pattern: '(' },
        { name: 'b', path: '$..x' },
        { name: 'c' },
        { name: '9', path: 'x' },
      ],
      templates: { t: 'no place' },
      health: { hungAfter: 'soon' },
      los: {},
    });
    expect(faults.map((fault) => fault.split(':')[0])).toEqual([
      'metrics.0.pattern',
      'metrics.1.path',
      'metrics.2',
      'metrics.3.name',
      'templates.t',
      'health.hungAfter',
      '',
    ]);
    expect(faults[0]).toContain('has a ( without its )');
  });
});
