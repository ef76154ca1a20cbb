// YAML with the place of everything in it, and the keys of a section out of a JSON Schema.
import { describe, expect, it } from 'vitest';
import { readYaml, schemaKeysAt, unknownKey } from '../../../src/base/yaml/index.ts';

const TEXT = 'a: 1\nlist:\n  - x: 2\n  - y: &it { z: 3 }\nagain: *it\n';

describe('YAML that was read', () => {
  it('is plain data, null where it is empty, and undefined where it is none', () => {
    expect(readYaml(TEXT).value).toEqual({ a: 1, list: [{ x: 2 }, { y: { z: 3 } }], again: { z: 3 } });
    expect(readYaml('').value).toBeNull();
    expect(readYaml('# nothing').value).toBeNull();
    const broken = readYaml('a: [1');
    expect(broken.value).toBeUndefined();
    expect(broken.faults.length).toBeGreaterThan(0);
  });

  it('knows the place of keys and values, and of what holds them where they are missing', () => {
    const yaml = readYaml(TEXT);
    const at = (path: readonly PropertyKey[], what: 'key' | 'value') => {
      const { line, column } = yaml.placeOf(path, what);
      return `${line}:${column}`;
    };
    expect(at(['a'], 'key')).toBe('1:1');
    expect(at(['a'], 'value')).toBe('1:4');
    expect(at(['list', 1, 'y', 'z'], 'value')).toBe('4:17');
    expect(at(['list', 1], 'value')).toBe('4:5');
    // What is missing stands where its section begins.
    expect(at(['list', 0, 'missing'], 'value')).toBe('3:5');
    expect(at(['missing'], 'value')).toBe('1:1');
    expect(at([], 'value')).toBe('1:1');
  });

  it('has its faults in the order of the file, each once', () => {
    const yaml = readYaml('a: 1\na: 2\nb: 3\n');
    const twice = { path: ['b'], at: 'value', sentence: 'b is wrong' } as const;
    const placed = yaml.place([twice, twice, { path: ['a'], at: 'key', sentence: 'a is wrong' }]);
    expect(placed.map(({ line, column, path, sentence }) => [line, column, path, sentence])).toEqual([
      [1, 1, 'a', 'a is wrong'],
      [2, 1, '', expect.stringMatching(/^this is no YAML: Map keys must be unique/)],
      [3, 4, 'b', 'b is wrong'],
    ]);
  });

  it('that names itself for ever is a fault and no endless work', () => {
    const bomb = [
      'a0: &a0 [x, x]',
      ...Array.from({ length: 12 }, (_, n) => `a${n + 1}: &a${n + 1} [${`*a${n}, `.repeat(9)}x]`),
    ];
    const { value, faults } = readYaml(bomb.join('\n'));
    expect(value).toBeUndefined();
    expect(faults).toEqual([
      expect.objectContaining({ line: 1, sentence: expect.stringContaining('anchors') }),
    ]);
  });
});

describe('the keys of a section', () => {
  const one = { type: 'object', properties: { type: { const: 'one' }, first: {} } };
  const two = { type: 'object', properties: { type: { const: 'two' }, second: {} } };
  const schema = {
    properties: {
      plain: { properties: { b: {} } },
      named: { additionalProperties: { oneOf: [one, two] } },
      list: { items: { anyOf: [{ type: 'string' }, two] } },
    },
  };

  it('are those of the form that is meant, by the word that it has', () => {
    expect(schemaKeysAt(schema, [])).toEqual(['plain', 'named', 'list']);
    expect(schemaKeysAt(schema, ['plain'])).toEqual(['b']);
    const input = { named: { x: { type: 'two' } } };
    expect(schemaKeysAt(schema, ['named', 'x'], input)).toEqual(['type', 'second']);
    expect(schemaKeysAt(schema, ['named', 'x'], { named: { x: { type: 'else' } } })).toEqual([
      'type',
      'first',
    ]);
    expect(schemaKeysAt(schema, ['list', 3], {})).toEqual(['type', 'second']);
    expect(schemaKeysAt(schema, ['nowhere', 'at', 'all'])).toEqual([]);
  });

  it('are named where one is misspelt, the nearest first, whatever its case and dashes', () => {
    const known = { known: ['max_price', 'image'], what: 'a job file' };
    for (const key of ['Max-Price', 'maxPrice', 'max_prise']) {
      expect(unknownKey(key, [], known)).toBe(
        `"${key}" is not known in a job file; did you mean max_price? (known are max_price, image)`,
      );
    }
    expect(unknownKey('zebra', ['resources'], known)).toBe(
      '"zebra" is not known in resources; known are max_price, image',
    );
  });
});
