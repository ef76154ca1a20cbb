// Goal: an error that came over the routes ends a command with the code of the error behind it.
import { expect, it } from 'vitest';
import { describeFailure } from '../../../src/front/cli/failure.ts';
import { DaemonAnswerError, DaemonUnreachableError } from '../../../src/front/http/index.ts';

it.each([
  ['a use that cannot be meant', new DaemonAnswerError(400, 'no', 'UsageError'), 2],
  ['a body that the handler refused by itself', new DaemonAnswerError(400, 'no'), 2],
  ['a denial', new DaemonAnswerError(403, 'no', 'DeniedError'), 3],
  ['a limit that cannot be read, which denies', new DaemonAnswerError(500, 'no', 'UnreadableLimitError'), 3],
  ['what is not there', new DaemonAnswerError(404, 'no', 'NoSuchTargetError'), 4],
  ['what the handler does not find', new DaemonAnswerError(404, 'no'), 4],
  ['a service that is away', new DaemonAnswerError(502, 'no', 'UnavailableError'), 5],
  ['a part that does not run', new DaemonAnswerError(503, 'no'), 5],
  ['no capacity', new DaemonAnswerError(409, 'no', 'NoCapacityError'), 6],
  ['a store that is busy, as without a route', new DaemonAnswerError(503, 'no', 'StoreBusyError'), 1],
  ['what nobody expected', new DaemonAnswerError(500, 'no'), 1],
  ['a daemon that is away', new DaemonUnreachableError('no'), 5],
])('%s', (_, error, code) => expect(describeFailure(error)).toEqual({ sentence: 'no', code }));
