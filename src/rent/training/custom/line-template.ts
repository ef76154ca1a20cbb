// A named template of a log's lines, `ep {epoch} it {step}/{totalSteps} L={loss} f1 {f1}`: text, and places for numbers.
// It is matched from left to right without going back, so its time is that of one look through the line.
import { addCustom, emptyFigures, type Figures, NUMBER_FIELDS, type NumberField } from '../parser/figures.ts';
import { numberOf } from '../parser/numbers.ts';
import { putMeant } from '../parser/put-figure.ts';

export interface LogTemplate {
  /** What the format is called on screens. */
  readonly name: string;
  /** Text with `{places}`: our figures by their names (`totalSteps` or `total_steps`), `{_}` for any text that is not wanted, others as custom metrics. */
  readonly template: string;
}

export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

interface Place {
  readonly name: string;
  /** The text after it, up to the next place. */
  readonly after: string;
}

export type TemplateReader = (line: string) => Figures | null;

const NUMBER = /[-+]?(?:[\d,]*\.?\d+(?:e[-+]?\d+)?|nan|inf(?:inity)?)/iy;

/** Throws a `TemplateError` where it has no place, or two with nothing between them. */
export function compileTemplate({ name, template }: LogTemplate): TemplateReader {
  const [head = '', ...parts] = template.split('{');
  const places: Place[] = parts.map((part) => {
    const close = part.indexOf('}');
    const place = part.slice(0, close);
    if (close < 0 || !/^[A-Za-z_][\w./-]*$/.test(place)) {
      throw new TemplateError(`The template "${name}" has "{${part}" where a place like {loss} was expected`);
    }
    return { name: place, after: part.slice(close + 1) };
  });
  if (!places.some((place) => place.name !== '_')) {
    throw new TemplateError(
      `The template "${name}" has no place for a number: write one like {step} or {loss}`,
    );
  }
  for (const [at, place] of places.entries()) {
    if (place.after === '' && at < places.length - 1) {
      throw new TemplateError(
        `The template "${name}" has {${place.name}} with nothing between it and the next place`,
      );
    }
  }

  return (line) => {
    let at = head === '' ? 0 : line.indexOf(head);
    if (at < 0) return null;
    at += head.length;
    const figures = emptyFigures();
    for (const place of places) {
      if (place.name !== '_') {
        while (line.charCodeAt(at) === 32) at += 1;
        NUMBER.lastIndex = at;
        if (!NUMBER.test(line)) return null;
        put(figures, place.name, numberOf(line.slice(at, NUMBER.lastIndex)));
        at = NUMBER.lastIndex;
      }
      if (place.after === '') continue;
      const next =
        place.name === '_' ? line.indexOf(place.after, at) : line.startsWith(place.after, at) ? at : -1;
      if (next < 0) return null;
      at = next + place.after.length;
    }
    return figures;
  };
}

/** `total_steps`, as figures are printed, is `totalSteps`. */
const FIELDS: ReadonlyMap<string, NumberField> = new Map(
  NUMBER_FIELDS.flatMap((name) => [
    [name, name],
    [name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), name],
  ]),
);

function put(figures: Figures, name: string, value: number | undefined): void {
  if (value === undefined) return;
  const field = FIELDS.get(name);
  if (field) putMeant(figures, field, value);
  else addCustom(figures, name, value);
}
