// Files that people write: read, judged, and every fault with its place. Knows no setting.
export {
  type Finding,
  findingsOf,
  formatPath,
  type Judged,
  quoteValue,
  unknownKey,
  valueAt,
} from './findings.ts';
export {
  type ReadYamlOptions,
  readYaml,
  type YamlFault,
  type YamlPlace,
  type YamlText,
} from './read-yaml.ts';
export { schemaKeysAt } from './schema-keys.ts';
