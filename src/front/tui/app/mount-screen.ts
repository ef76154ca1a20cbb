// The screen in Ink, which brings the keys and the order of things; its rows are put on the terminal by their painter.
import { Writable } from 'node:stream';
import { render, useInput } from 'ink';
import { createElement, useLayoutEffect, useSyncExternalStore } from 'react';
import { keyNames } from '../keys/key-names.ts';
import type { RowPainter } from '../terminal/paint-rows.ts';
import type { ScreenStore } from './screen-store.ts';

export interface ScreenProps {
  readonly store: ScreenStore;
  readonly painter: RowPainter;
  /** False where nobody can press a key. */
  readonly hasKeys: boolean;
  readonly onKeys: (names: readonly string[]) => void;
}

export interface MountedScreen {
  /** Rejects with what broke the screen; resolves after `unmount`. */
  readonly over: Promise<unknown>;
  unmount(): void;
}

export function mountScreen(stdin: NodeJS.ReadableStream, props: ScreenProps): MountedScreen {
  const mounted = render(createElement(Screen, props), {
    stdin,
    stdout: noOutput(),
    exitOnCtrlC: false,
    patchConsole: false,
    interactive: false,
  });
  return { over: mounted.waitUntilExit(), unmount: () => mounted.unmount() };
}

function Screen({ store, painter, hasKeys, onKeys }: ScreenProps) {
  const rows = useSyncExternalStore(store.listen, store.rows);
  useLayoutEffect(() => painter.paint(rows), [painter, rows]);
  useInput((input, key) => onKeys(keyNames(input, key)), { isActive: hasKeys });
  return null;
}

/** Ink itself writes nothing to the terminal. */
function noOutput(): NodeJS.WritableStream {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}
