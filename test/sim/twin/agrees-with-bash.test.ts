// The twin's shell and programs against the real ones: the same lines in the same empty folder have to give
// the same output and the same exit code.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/std/index.ts';
import { createTwinMachine } from '../../../src/sim/twin/index.ts';

const LINES = [
  // Words and quotes
  `echo a   b "c  d" 'e  f' g\\ h "" ''x`,
  `echo "a'b" 'c"d' "e\\"f" "g\\\\h" "\\$x" '$x' "i\\j"`,
  `printf '%s|%d|%5s|%-4s|%03d|%%|%.2f\\n' text 7 ab cd 5 1.005 x 8 y z 9 2`,
  `printf 'no newline'; printf '\\n'; printf '%s\\n' one two three`,
  `echo -n x; echo -n; echo - --; echo é 日本 🚀`,
  `# only a comment`,
  `echo a#b # c`,
  `echo a \\\n  b`,
  // Variables
  `x=1; y="$x 2"; echo $y "$y" \${x}3 \${#y}; unset x; echo "[$x]"`,
  `echo "\${x:-default}" \${x-unset} "\${x:=set}" $x "\${x:+plus}" [\${none:+plus}]`,
  `f=/a/b/c.tar.gz; echo \${f##*/} \${f%/*} \${f%%.*} \${f#/a} \${f%.gz}`,
  `x='a b  c'; for w in $x; do echo "<$w>"; done; echo $x "$x"`,
  `x='*'; echo "$x"; set -- 'a b' c; echo $# "$1" $2 "$@"; for a in "$@"; do echo "<$a>"; done; shift; echo $1`,
  `set --; for a in "$@"; do echo never; done; echo $#`,
  `X=outer; X=inner sh -c 'echo $X'; echo $X; export Y=5; sh -c 'echo [$X] $Y'`,
  `echo $((1 + 2 * 3)) $(( (1+2)*3 % 4 )) $((7 / 2)) $((-7 / 2)) $((3 > 2)) $((1 == 2)) $((x + 1)); x=4; echo $((x * x))`,
  `env A=1 B='two words' sh -c 'echo $A $B'`,
  // Substitution
  `echo "$(echo inner; echo second)" $(echo a; echo b) \`echo back\``,
  `x=$(false); echo $?; x=$(echo $(echo deep)); echo $x; echo "$(echo "quo ted")"`,
  `echo "before $(cd /; pwd) after"; cd /tmp && echo "$OLDPWD" | wc -l; pwd`,
  // Lists and conditions
  `true && echo yes || echo no; false && echo yes || echo no; ! false; echo $?; ! true; echo $?`,
  `false || true && echo third; true; echo $?; (exit 7); echo $?; { echo group; exit 3; }; echo never`,
  `if false; then echo a; elif true; then echo b; else echo c; fi; if false; then echo x; fi; echo $?`,
  `i=0; while [ $i -lt 3 ]; do echo $i; i=$((i + 1)); done; until [ $i -eq 0 ]; do i=$((i - 1)); done; echo $i`,
  `for i in 1 2 3 4; do [ $i = 2 ] && continue; [ $i = 4 ] && break; echo $i; done`,
  `(x=1; echo $x); echo "[$x]"; { x=2; }; echo $x`,
  `set -e; true; false || echo handled; if false; then :; fi; ! true; echo on; false; echo never`,
  `set -u; echo "\${y:-ok}"; echo after`,
  `trap 'echo at the end $?' EXIT; echo first; exit 4`,
  `sh -c 'exit 5'; echo $?; sh -c 'kill -9 $$'; echo $?; sh -c 'echo $0 $1 $2' zero one two`,
  `eval 'x=5; echo $x'; echo $x`,
  `echo one; exec echo two; echo never`,
  // Redirections
  `echo a > f; echo b >> f; cat f; cat < f; echo c > f; cat f; wc -c < f; wc -l f`,
  `{ echo out; echo err >&2; } > both 2>&1; cat both; { echo out; echo err >&2; } 2> err > out; cat err; cat out`,
  `echo gone > /dev/null; cat /dev/null; echo x 2>&1; sh -c 'echo e >&2' 2>/dev/null; echo end; &> all echo y; cat all`,
  `for i in 1 2 3; do echo $i; done > loop; cat loop; (echo s; echo t) >> loop; wc -l < loop`,
  `printf 'a b c\\nd\\n' > in; while read -r first rest; do echo "$first|$rest"; done < in`,
  `cat missing 2>/dev/null; echo $?; cat < missing 2>/dev/null; echo $?; echo x > no/where 2>/dev/null; echo $?`,
  // Pipes
  `printf '1\\n2\\n3\\n4\\n5\\n' | head -n 3 | tail -n 2; echo x | cat | cat; false | true; echo $?; true | false; echo $?`,
  `seq 1 20 | head -3; seq 5 | tail -2; printf 'a\\nb' | tail -n 1; seq 3 | tail -n +2; printf 'abcdef' | tail -c 3`,
  `printf 'abcdef' | head -c 2; echo; printf 'abcdef' | tail -c +3; echo; seq 2 | tee copy; cat copy; seq 10 | wc -l`,
  `seq 100000 | head -n 1; echo done`,
  `printf 'a\\nb\\nc\\n' > l; head -n 0 l; tail -n 0 l; head -n 99 l; tail -n 99 l; tail -n +9 l`,
  `x=0; seq 3 | while read -r n; do x=$n; done; echo $x`,
  // Files
  `mkdir -p a/b/c && echo x > a/b/c/f; ls a; ls -1 a/b; ls a/b/c/f; rm -r a; ls; mkdir d; mkdir d 2>/dev/null; echo $?`,
  `touch x y .h; ls; ls -A; rm x; rm x 2>/dev/null; echo $?; rm -f x; echo $?; rm -rf nothing; echo $?; ls`,
  `mkdir d; echo 1 > f; mv f d; ls d; mv d/f d/g; cat d/g; mv d e; ls; rm d 2>/dev/null; echo $?; rm e 2>/dev/null; echo $?`,
  `echo 1 > f; cp f g; cat g; mkdir d; cp f g d; ls d; cp -r d e; ls e; cp d x 2>/dev/null; echo $?`,
  `echo t > t; ln -s t l; cat l; readlink l; ln -sfn other l; readlink l; test -L l; echo $?; test -e l; echo $?; rm l; ls`,
  `mkdir d; ln -s d l; echo 1 > l/f; ls d; rm -r l; ls d; ls`,
  `echo abc > f; stat -c '%s %n %F' f; mkdir d; stat -c %F d; touch -d @1700000000 f; stat -c %Y f; : > e; stat -c %F e`,
  `rmdir nothing 2>/dev/null; echo $?; mkdir d; touch d/f; rmdir d 2>/dev/null; echo $?; rm d/f; rmdir d; echo $?; ls`,
  `truncate -s 5 f; wc -c < f; printf abc > f; truncate -s 1 f; cat f; truncate -s 3 f; wc -c < f`,
  `touch a1 a2 b1 .a; echo a* ?1 *; echo none*; echo "a*" 'b?'; echo [ab]1 [!a]*; mkdir d; touch d/x d/y; echo d/* */x; rm a*; ls`,
  `printf x > 'odd name'; cat 'odd name' odd\\ name; ls; x='odd name'; cat "$x"; cat $x 2>/dev/null; echo $?`,
  `printf '%s' "abc" | sha256sum; printf abc > f; sha256sum f; sha256sum < f; sha256sum missing 2>/dev/null; echo $?`,
  `cd nowhere 2>/dev/null; echo $?; mkdir -p p/q; cd p/q; pwd | tail -c 5; cd ..; ls; cd ../p/./q/..; ls`,
  `echo 'echo from file $1' > s; sh s arg; . ./s; echo '#!/bin/sh\necho run $0 $#' > r; sh ./r a b`,
  // Conditions
  `test -f f; echo $?; echo x > f; test -f f; echo $?; [ -s f ]; echo $?; [ -d f ]; echo $?; [ -d . ]; echo $?; [ -e no ]; echo $?`,
  `[ a = a ]; echo $?; [ a != a ]; echo $?; [ "" ]; echo $?; [ x ]; echo $?; [ -z "" ]; echo $?; [ -n "" ]; echo $?; [ ! a = b ]; echo $?`,
  `[ 2 -gt 1 ]; echo $?; [ 2 -le 1 ]; echo $?; [ 10 -eq 10 ]; echo $?; [ 3 -ne 3 ]; echo $?; [ 1 -ge 1 ]; echo $?; [ 1 -lt 2 ]; echo $?`,
  // Processes
  `sleep 0.01 & wait; echo $?; sh -c 'exit 6' & wait $!; echo $?; true & wait $!; echo $?`,
  `sleep 30 & kill $!; wait $!; echo $?; sleep 30 & kill -KILL $!; wait $!; echo $?; kill -0 $! 2>/dev/null; echo $?`,
  `(sleep 0.02; echo late) & echo early; wait; echo end`,
  `timeout 0.05 sleep 5; echo $?; timeout 5 sh -c 'exit 3'; echo $?; nohup true; echo $?; nice -n 5 echo nice`,
  `setsid sh -c 'echo own session' & wait; sh -c 'echo $PPID' | wc -l`,
  `echo x | (cat; exit 9); echo $?; echo $$ | wc -l; [ "$$" = "$(echo $$)" ]; echo $?`,
  `date -u +%s | wc -c; nproc | wc -l; true; pwd | wc -l; sync; echo $?`,
];

describe.skipIf(!existsSync('/bin/bash'))('the twin gives what bash gives for', () => {
  let base: string;
  beforeAll(() => {
    base = mkdtempSync(join(tmpdir(), 'vastdeck-bash-'));
  });
  afterAll(() => rmSync(base, { recursive: true, force: true }));

  it.each(LINES)('%s', async (line) => {
    const cwd = mkdtempSync(join(base, 'line-'));
    const env = { PATH: process.env.PATH, HOME: cwd, LC_ALL: 'C.UTF-8' };
    const real = spawnSync('/bin/bash', ['-c', line], { cwd, env, encoding: 'utf8', input: '' });
    const machine = createTwinMachine({ clock: systemClock(), seed: 1 });
    await using shell = await machine.connect();
    const twin = await shell.exec(line);
    expect({ stdout: twin.stdout, code: twin.code }).toEqual({ stdout: real.stdout, code: real.status });
    expect(machine.refusals).toEqual([]);
  });
});

describe('the twin refuses aloud', () => {
  it.each([
    ['no-such-program --flag', 127, 'no-such-program'],
    ['echo a; no-such-program; echo b', 0, 'no-such-program'],
    ['ls --color=always', 127, 'ls --color=always'],
    ['ls -l', 127, 'ls -l'],
    ['tail --follow=name f', 127, 'tail --follow'],
    ['sleep 1 2', 127, 'sleep'],
    ['test a -a b', 127, 'test'],
    ['date', 127, 'date'],
    ['cat << END\nx\nEND', 2, '<<'],
    ['case x in x) echo y;; esac', 2, 'case'],
    ['[[ a == a ]]', 2, '[['],
    ['f() { echo x; }', 2, 'functions'],
    ['echo {1..3}', 2, 'brace expansion'],
    [`echo $'a'`, 2, `$'`],
    ['trap "echo x" TERM', 127, 'trap'],
    ['set -o pipefail', 127, 'set'],
    ['ps aux', 127, 'ps'],
  ])('%j', async (line, code, name) => {
    const machine = createTwinMachine({ clock: systemClock(), seed: 1 });
    await using shell = await machine.connect();
    const result = await shell.exec(line);
    expect(result.code).toBe(code);
    expect(result.stderr).toContain(name);
    expect(machine.refusals).toHaveLength(1);
    expect(machine.refusals[0]).toContain(name);
  });

  it.each([
    'echo "open',
    "echo 'open",
    'echo $(open',
    'if true; then',
    'echo )',
    'done',
    '| x',
    'a && ',
    '{ echo',
    '( echo',
    '> ',
    'for in',
  ])('what is no line at all: %j', async (line) => {
    const machine = createTwinMachine({ clock: systemClock(), seed: 1 });
    await using shell = await machine.connect();
    expect(await shell.exec(line)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/syntax error|not closed/),
    });
  });
});
