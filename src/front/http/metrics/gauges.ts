// Figures of one scrape. Everything is made anew each time, so no series outlives what it tells of.
import { Counter, Gauge, Registry } from 'prom-client';

export type Labels = Readonly<Record<string, string>>;

export interface Scrape {
  /** A figure that goes up and down; null and undefined are left out. */
  gauge(name: string, help: string, readings: readonly Reading[]): void;
  /** One that only grows; its name ends in `_total`. */
  counter(name: string, help: string, readings: readonly Reading[]): void;
  text(): Promise<string>;
  readonly contentType: string;
}

export interface Reading {
  readonly value: number | null | undefined;
  readonly labels?: Labels;
}

export function beginScrape(): Scrape {
  const registry = new Registry();
  const known = (readings: readonly Reading[]) =>
    readings.flatMap(({ value, labels = {} }) =>
      value === null || value === undefined || !Number.isFinite(value) ? [] : [{ value, labels }],
    );
  const labelNames = (readings: readonly Reading[]) => Object.keys(readings[0]?.labels ?? {});
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    gauge(name, help, readings) {
      const given = known(readings);
      if (given.length === 0) return;
      const gauge = new Gauge({ name, help, labelNames: labelNames(given), registers: [registry] });
      for (const { value, labels } of given) gauge.set(labels, value);
    },
    counter(name, help, readings) {
      const given = known(readings);
      if (given.length === 0) return;
      const counter = new Counter({ name, help, labelNames: labelNames(given), registers: [registry] });
      for (const { value, labels } of given) counter.inc(labels, value);
    },
  };
}
