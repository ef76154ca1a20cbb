// Patterns of names as a shell has them: `*` for any characters, `?` for one. Read in linear time, whatever is written.

/** Whether the whole name is of the pattern; capitals count. */
export function isOfPattern(name: string, pattern: string): boolean {
  let at = 0;
  let place = 0;
  // Where to go on when what follows the last star does not fit here.
  let starPlace = -1;
  let starAt = 0;
  while (at < name.length) {
    if (pattern[place] === '*') {
      starPlace = place;
      starAt = at;
      place += 1;
    } else if (pattern[place] === '?' || pattern[place] === name[at]) {
      at += 1;
      place += 1;
    } else if (starPlace >= 0) {
      starAt += 1;
      at = starAt;
      place = starPlace + 1;
    } else {
      return false;
    }
  }
  while (pattern[place] === '*') place += 1;
  return place === pattern.length;
}
