// The account behind the key.
import { MalformedAnswerError } from '../errors.ts';
import type { ReadOptions, SendRead } from '../request.ts';
import type { WireCurrentUser } from '../wire/index.ts';

export interface CurrentUser {
  readonly id: number;
  readonly username: string | null;
  readonly email: string | null;
  /** Prepaid money that can be spent. */
  readonly creditUsd: number | null;
  /** Money on the host's side; 0 for those who only rent. */
  readonly balanceUsd: number | null;
}

export interface UsersResource {
  current(options?: ReadOptions): Promise<CurrentUser>;
}

export function createUsers({ send }: { readonly send: SendRead }): UsersResource {
  return {
    current: (options) =>
      send(
        {
          method: 'GET',
          route: '/users/current/',
          auth: 'key',
          decode: (json, answer) => {
            const user = json as WireCurrentUser | null;
            if (typeof user?.id !== 'number') {
              throw new MalformedAnswerError(
                `${answer.endpoint} answered without the id of the account; the API may have changed`,
                { ...answer, isTransient: false },
              );
            }
            return {
              id: user.id,
              username: user.username ?? null,
              email: user.email ?? null,
              creditUsd: user.credit ?? null,
              balanceUsd: user.balance ?? null,
            };
          },
        },
        options,
      ),
  };
}
