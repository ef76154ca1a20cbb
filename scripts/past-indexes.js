// What is imported through a file of re-exports, an `index.ts`, is imported from where it is. To a bundler that splits, such a
// file is one piece: whoever takes one name through it loads all that anybody takes through it.
import { readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';

const IMPORT = /^import \{([^}]*)\} from '(\.[^']*\.ts)';$/gm;
const RE_EXPORT = /^export \{([^}]*)\} from '(\.[^']*\.ts)';$/gm;

/** A plugin for the sources below `src`, whose statements are as the formatter writes them; another is left as it is. */
export function pastIndexes(src) {
  const known = new Map();
  return {
    name: 'past indexes',
    setup(bundler) {
      bundler.onLoad({ filter: /\.tsx?$/ }, ({ path }) => {
        if (!path.startsWith(src)) return undefined;
        const text = readFileSync(path, 'utf8');
        return { contents: goPast(text, dirname(path), known), loader: path.endsWith('x') ? 'tsx' : 'ts' };
      });
    },
  };
}

function goPast(text, folder, known) {
  return text.replaceAll(IMPORT, (statement, list, from) => {
    const passed = passedOn(resolve(folder, from), known);
    if (passed.size === 0) return statement;
    const imports = namesIn(list).map(({ name, as }) => {
      const found = passed.get(name);
      const place = found ? `./${relative(folder, found.path)}` : from;
      return `import { ${found?.name ?? name} as ${as} } from '${place}';`;
    });
    // Lines stay where they are: what does not compile is told with its line.
    return imports.join(' ') + '\n'.repeat(statement.split('\n').length - 1);
  });
}

/** Names that the file passes on: by each, the file that has it and what it is called there. */
function passedOn(path, known) {
  let passed = known.get(path);
  if (passed) return passed;
  passed = new Map();
  known.set(path, passed);
  for (const [, list, from] of readFileSync(path, 'utf8').matchAll(RE_EXPORT)) {
    const place = resolve(dirname(path), from);
    const further = passedOn(place, known);
    for (const { name, as } of namesIn(list)) passed.set(as, further.get(name) ?? { path: place, name });
  }
  return passed;
}

/** Types are gone when the program runs. */
function namesIn(list) {
  return list
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '' && !item.startsWith('type '))
    .map((item) => {
      const [name, as = name] = item.split(' as ');
      return { name, as };
    });
}
