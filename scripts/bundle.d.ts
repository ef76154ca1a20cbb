/** Returns the folder of an up-to-date bundle, building it first when a source has changed. */
export function ensureBundle(root: string): Promise<string>;
