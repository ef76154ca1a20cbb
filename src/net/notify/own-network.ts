// Which addresses are of the own network: no further than that does anything go unencrypted.

/** What is wrong with a URL to send to; undefined where nothing is. */
export function urlFault(text: string): string | undefined {
  const url = URL.parse(text);
  if (!url) return 'must be a URL, such as https://ntfy.sh';
  if (url.username || url.password) return 'must not hold a user name or password';
  if (url.protocol === 'https:') return undefined;
  if (url.protocol !== 'http:') return 'must begin with https://';
  // Tokens and the words of an account travel over it.
  return isOwnNetwork(url.hostname)
    ? undefined
    : 'must begin with https:// (http:// only to the own network)';
}

/** By the name or address alone; an IPv6 address with or without brackets. */
export function isOwnNetwork(hostname: string): boolean {
  return (
    /^(localhost|.+\.localhost|.+\.local|.+\.lan|.+\.internal|[^.:[\]]+)$/i.test(hostname) ||
    /^(127|10)\.\d+\.\d+\.\d+$/.test(hostname) ||
    /^192\.168\.\d+\.\d+$/.test(hostname) ||
    /^172\.(1[6-9]|2\d|3[01])\.\d+\.\d+$/.test(hostname) ||
    /^\[?(::1|f[cd][0-9a-f]{2}:.*?)\]?$/i.test(hostname)
  );
}
