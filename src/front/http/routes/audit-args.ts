// What others sent to the service, without what may be a secret: people put tokens into environments and start scripts, and the
// service's log repeats them.
import type { AuditEntry } from '../../../net/vast/index.ts';

const NOT_TOLD = '(not told)';
/** Names under which something is sent that is nobody else's business. */
const SECRET_NAME = /env|onstart|args|cmd|command|script|key|token|secret|pass|login|auth|credential/i;

export function withoutSecrets(entry: AuditEntry): AuditEntry {
  return { ...entry, args: hide(entry.args) };
}

function hide(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(hide);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      SECRET_NAME.test(name) ? hidden(inner) : hide(inner),
    ]),
  );
}

/** What is not there, is a number or a switch, hides nothing. */
function hidden(value: unknown): unknown {
  return value === null || value === '' || typeof value === 'number' || typeof value === 'boolean'
    ? value
    : NOT_TOLD;
}
