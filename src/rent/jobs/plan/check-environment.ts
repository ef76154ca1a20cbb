// Whether the variables that the job takes along are set, and whether an interruption would lose its work.
import type { Job } from '../file/index.ts';
import type { Check } from './check.ts';

/** `environment`: that of the submitting machine. Names of variables are told, never values. */
export function checkEnvironment(
  { env }: Pick<Job, 'env'>,
  environment: Readonly<Record<string, string | undefined>>,
): Check {
  const names = Object.values(env).flatMap((value) => (typeof value === 'string' ? [] : value.fromEnv));
  const missing = names.filter((name) => !environment[name]);
  if (missing.length > 0) {
    const sentence = `${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} not set here, and the job takes it from here: export ${missing[0]}=…`;
    return { name: 'env', verdict: 'fault', sentence };
  }
  const sentence = names.length === 0 ? 'nothing is taken from the environment' : `${names.join(', ')} set`;
  return { name: 'env', verdict: 'ok', sentence };
}

export function checkRecovery({
  resources,
  checkpoints,
  artifacts,
}: Pick<Job, 'resources' | 'checkpoints' | 'artifacts'>): Check {
  const check = (verdict: Check['verdict'], sentence: string): Check => ({
    name: 'recovery',
    verdict,
    sentence,
  });
  if (artifacts.length === 0) {
    return check(
      'warning',
      'no artifacts are named: nothing is fetched before the machine is destroyed but the log',
    );
  }
  if (checkpoints.length > 0)
    return check('ok', `goes on from the newest of ${checkpoints.join(', ')} after an interruption`);
  if (resources.rental === 'on-demand')
    return check('ok', 'begins anew after an interruption, which is rare on-demand');
  return check(
    'warning',
    'an interruptible machine may be taken away at any time, and without checkpoints the work begins anew',
  );
}
