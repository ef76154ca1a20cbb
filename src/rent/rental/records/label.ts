// The label that proves an instance ours: it names the install and the rental, and carries a code that only the
// install's secret makes. Nobody's instance is ever ended because its label looks like one of these.
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Random, Secret } from '../../../base/std/index.ts';

export interface Install {
  /** Eight characters, in every label of this install. */
  readonly id: string;
  /** Lives in a file of its own beside the store, so that it outlives the store. */
  readonly secret: Secret;
}

export interface LabelFacts {
  readonly install: string;
  readonly rentalId: string;
  readonly nonce: string;
}

/**
 * `ours`: signed by this install. `other-install`: of the same form, by an install whose secret we do not have.
 * `forged`: it names this install, and the code is wrong. `foreign`: everything else.
 */
export type Ownership =
  | { readonly kind: 'ours' | 'other-install' | 'forged'; readonly facts: LabelFacts }
  | { readonly kind: 'foreign' };

const FORM = /^vd1\.([0-9a-z]{8})\.(rental_[0-9a-z]{18})\.([0-9a-z]{10})\.([0-9a-f]{16})(?: |$)/;

/** `vd1.<install>.<rental>.<nonce>.<code>`, 71 characters. */
export function makeLabel(install: Install, { rentalId, nonce }: Omit<LabelFacts, 'install'>): string {
  const facts = { install: install.id, rentalId, nonce };
  return `vd1.${signedText(facts)}.${codeOf(install, facts)}`;
}

/** Ten characters of chance, so that no two tries have one label. */
export function makeNonce(random: Random): string {
  return Array.from({ length: 10 }, () => random.int(0, 35).toString(36)).join('');
}

export function readLabel(install: Install, label: string | null): Ownership {
  const match = FORM.exec(label ?? '');
  if (!match) return { kind: 'foreign' };
  const [, installId = '', rentalId = '', nonce = '', code = ''] = match;
  const facts = { install: installId, rentalId, nonce };
  if (installId !== install.id) return { kind: 'other-install', facts };
  const isRight = timingSafeEqual(Buffer.from(code), Buffer.from(codeOf(install, facts)));
  return { kind: isRight ? 'ours' : 'forged', facts };
}

function signedText({ install, rentalId, nonce }: LabelFacts): string {
  return `${install}.${rentalId}.${nonce}`;
}

function codeOf(install: Install, facts: LabelFacts): string {
  return createHmac('sha256', install.secret.reveal()).update(signedText(facts)).digest('hex').slice(0, 16);
}
