import type { Plugin } from 'esbuild';

/** A plugin for the sources below `src`: what is imported through a file of re-exports is imported from where it is. */
export function pastIndexes(src: string): Plugin;
