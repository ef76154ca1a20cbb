// What is wrong with a search: answered with 400 and this sentence.

export class SearchError extends Error {
  override name = 'SearchError';
}
