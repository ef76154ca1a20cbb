// The name of a container image, after the grammar of the OCI distribution project's reference package:
// [registry[:port]/]path[:tag][@digest].

export interface ImageName {
  /** `docker.io` where the name has none. */
  readonly registry: string;
  /** With `library/` before the names that Docker Hub keeps at its root. */
  readonly repository: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

export type ParsedImageName =
  | { readonly kind: 'image'; readonly image: ImageName }
  | { readonly kind: 'fault'; readonly reason: string };

const DOMAIN =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?$/;
const PATH_PART = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;
const DIGEST_LENGTHS: Readonly<Record<string, number>> = { sha256: 64, sha512: 128 };
const LONGEST_REPOSITORY = 255;

/** The parts of a name, or what is wrong with it and what would do. */
export function parseImageName(text: string): ParsedImageName {
  const fault = (reason: string): ParsedImageName => ({ kind: 'fault', reason });
  if (text === '') return fault('it is empty; write it like pytorch/pytorch:latest');
  if (/\s/.test(text)) return fault('it has a space in it; write it like pytorch/pytorch:latest');
  const scheme = /^[a-z]+:\/\//.exec(text)?.[0];
  if (scheme !== undefined) return fault(`an image has no ${scheme} before it; leave that away`);
  const [named = '', digest, ...more] = text.split('@');
  if (more.length > 0) return fault('it has two @; a digest stands once, at the end');
  if (digest !== undefined) {
    const [algorithm = '', hex = ''] = digest.split(':');
    const length = DIGEST_LENGTHS[algorithm];
    if (!DIGEST.test(digest) || (length !== undefined && hex.length !== length)) {
      return fault(`"${digest}" is no digest; it is sha256: and 64 hexadecimal digits`);
    }
  }
  const slash = named.indexOf('/');
  const first = slash < 0 ? '' : named.slice(0, slash);
  // Docker's rule: what comes first is a registry only where it looks like a host. It also takes a word with capital
  // letters for one, which is hardly ever meant: that is told as a fault of the name.
  const hasRegistry = first === 'localhost' || /[.:[]/.test(first);
  const rest = hasRegistry ? named.slice(slash + 1) : named;
  if (hasRegistry && !DOMAIN.test(first))
    return fault(`"${first}" is no registry, like ghcr.io or host:5000`);
  const colon = rest.indexOf(':', rest.lastIndexOf('/') + 1);
  const path = colon < 0 ? rest : rest.slice(0, colon);
  const tag = colon < 0 ? undefined : rest.slice(colon + 1);
  if (tag !== undefined && !TAG.test(tag)) {
    return fault(`"${tag}" is no tag; it has up to 128 letters, digits, dots, dashes and underscores`);
  }
  const wrong = path.split('/').find((part) => !PATH_PART.test(part));
  if (wrong !== undefined) {
    return fault(
      wrong === ''
        ? 'a part of its path is empty; write it like pytorch/pytorch:latest'
        : wrong === wrong.toLowerCase()
          ? `"${wrong}" is no part of a name; it has letters and digits with single dots, dashes or underscores between`
          : `"${wrong}" has capital letters; the name of an image has small ones only`,
    );
  }
  if (path.length > LONGEST_REPOSITORY) return fault(`its path has ${path.length} letters; 255 may be`);
  const registry = hasRegistry ? first : 'docker.io';
  const repository = registry === 'docker.io' && !path.includes('/') ? `library/${path}` : path;
  return { kind: 'image', image: { registry, repository, tag, digest } };
}
