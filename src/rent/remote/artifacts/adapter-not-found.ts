// What was to be fetched is not there: said with what is there instead, since a wrong folder is the usual reason.
import type { ArtifactUnit } from './find-artifacts.ts';

const NAMED = 8;

/** The message begins as the older program's did, which people search for in their logs. */
export class AdapterNotFoundError extends Error {
  override name = 'AdapterNotFoundError';
  readonly root: string;
  readonly globs: readonly string[];
  /** Everything below the root, by path. */
  readonly present: readonly string[];

  constructor(
    { root, globs }: { readonly root: string; readonly globs: readonly string[] },
    present: readonly ArtifactUnit[],
  ) {
    const paths = present.map(({ path, state }) => (state === 'complete' ? path : `${path} (not whole yet)`));
    const more = paths.length > NAMED ? ` and ${paths.length - NAMED} more` : '';
    super(
      `Adapter not found: nothing whole in ${root} matches ${globs.join(', ')}; ${
        paths.length === 0 ? 'it is empty' : `there is ${paths.slice(0, NAMED).join(', ')}${more}`
      }`,
    );
    this.root = root;
    this.globs = globs;
    this.present = paths;
  }
}
