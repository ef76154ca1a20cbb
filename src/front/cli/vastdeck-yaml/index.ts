// vastdeck.yaml: one file for all that is said once, its schema, and what it says of a run.
export { vastdeckYamlJsonSchema } from './json-schema.ts';
export { readVastdeckYaml, type VastdeckYaml } from './read-vastdeck-yaml.ts';
export { groupFor, type LogPlace, logFor, type NamedRun, thresholdsFor } from './run-rules.ts';
export { type ShownSetting, shownSettings } from './shown-settings.ts';
