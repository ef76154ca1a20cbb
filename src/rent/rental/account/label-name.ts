// The name that a label shows to people.

const SIGNED = /^vd1\.[0-9a-z]{8}\.\S*/;

/** Whether it has the form of a label of this program, by whatever install. */
export function hasOurForm(label: string): boolean {
  return SIGNED.test(label);
}

/** What stands after the signed part of a label of ours, or the whole label of anybody else. */
export function nameOf(label: string): string {
  return label.replace(SIGNED, '').trim();
}
