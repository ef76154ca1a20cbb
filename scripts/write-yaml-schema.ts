// Writes docs/reference/vastdeck-yaml.schema.json from what the reader of vastdeck.yaml judges by.
import { writeFileSync } from 'node:fs';
import { vastdeckYamlJsonSchema } from '../src/front/cli/vastdeck-yaml/index.ts';

writeFileSync(
  new URL('../docs/reference/vastdeck-yaml.schema.json', import.meta.url),
  `${JSON.stringify(vastdeckYamlJsonSchema(), null, 2)}\n`,
);
