// What a scoped key may do, as its maker wrote it down: categories, and values that parameters must have.
import { ApiError } from '../api/api-error.ts';
import { SCOPES, type Scope } from '../api/scope.ts';
import type { ApiKey, Constraint } from './account.ts';

export interface Permissions {
  readonly scopes: ReadonlySet<Scope>;
  readonly constraints: readonly Constraint[];
}

const OPS = ['eq', 'lte', 'gte'] as const;

type Tree = Readonly<Record<string, unknown>>;

/**
 * Reads `{"api": {category: {route: {"constraints": {param: {op: value}}}}}}`; a value that names a member of
 * `keyParams` stands for it. Throws ApiError 400 for anything else.
 */
export function parsePermissions(permissions: unknown, keyParams: unknown): Permissions {
  if (!isTree(permissions)) throw new ApiError(400, 'missing_permissions', 'Permissions are missing.');
  const { api } = permissions;
  if (!isTree(api)) throw invalid('they need the member "api" with the categories in it');
  const params = isTree(keyParams) ? keyParams : {};
  const scopes = new Set<Scope>();
  const constraints: Constraint[] = [];
  for (const [category, routes] of Object.entries(api)) {
    const scope = SCOPES.find((each) => each === category);
    if (!scope) throw invalid(`category ${category} is unknown`);
    scopes.add(scope);
    for (const [route, rules] of Object.entries(isTree(routes) ? routes : {})) {
      const limits = isTree(rules) ? rules.constraints : undefined;
      if (limits === undefined) continue;
      if (!isTree(limits)) throw invalid(`the constraints of ${route} are no object`);
      for (const [param, conditions] of Object.entries(limits)) {
        constraints.push(...constraintsOf(scope, param, conditions, params));
      }
    }
  }
  return { scopes, constraints };
}

function constraintsOf(scope: Scope, param: string, conditions: unknown, params: Tree): Constraint[] {
  if (!isTree(conditions)) throw invalid(`the constraint on ${param} is no object`);
  return Object.entries(conditions).map(([name, given]) => {
    const op = OPS.find((each) => each === name);
    if (!op) throw invalid(`${name} is no constraint; there are ${OPS.join(', ')}`);
    const value = typeof given === 'string' && given in params ? params[given] : given;
    if (typeof value !== 'number' && typeof value !== 'string') {
      throw invalid(`the constraint on ${param} has no number or text`);
    }
    return { scope, param, op, value };
  });
}

/**
 * A category that has constraints answers only calls whose parameters keep to all of them: routes have other names
 * on the wire than in permissions, so a constraint here holds for its whole category. Throws ApiError 403.
 */
export function checkConstraints(scope: Scope, { constraints }: ApiKey, params: Tree): void {
  for (const each of constraints) {
    if (each.scope !== scope || holds(each, params[each.param])) continue;
    const given = JSON.stringify(params[each.param] ?? null);
    throw new ApiError(
      403,
      'not_authorized',
      `This key may do that only where ${each.param} ${each.op} ${each.value}; it is ${given}.`,
    );
  }
}

function holds({ op, value }: Constraint, given: unknown): boolean {
  if (typeof given !== 'number' && typeof given !== 'string') return false;
  if (op === 'eq') return String(given) === String(value);
  return op === 'lte' ? Number(given) <= Number(value) : Number(given) >= Number(value);
}

/** Whether `scopes` (all of them, when undefined) hold everything that is asked for. */
export function mayGrant(scopes: ReadonlySet<Scope> | undefined, asked: ReadonlySet<Scope>): boolean {
  return !scopes || [...asked].every((scope) => scopes.has(scope));
}

function invalid(what: string): ApiError {
  return new ApiError(400, 'invalid_permissions', `Permissions are invalid: ${what}.`);
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
