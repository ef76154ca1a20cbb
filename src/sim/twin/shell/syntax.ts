// The shell language of the twin as a tree. The grammar, in full:
//
//   script   = { andOr ( ';' | '&' | newline ) }
//   andOr    = pipeline { ( '&&' | '||' ) pipeline }
//   pipeline = [ '!' ] command { '|' command }
//   command  = simple | '{' script '}' | '(' script ')' | if | while | until | for, each with redirections
//   if       = 'if' script 'then' script { 'elif' script 'then' script } [ 'else' script ] 'fi'
//   while    = ( 'while' | 'until' ) script 'do' script 'done'
//   for      = 'for' name [ 'in' words ] 'do' script 'done'
//   simple   = { name=word } { word | redirection }
//   redirect = [ digit ] ( '<' | '>' | '>>' | '>&' digit ) word, and '&>' word
//   word     = text, 'single', "double", \x, $name, ${name}, ${name:-word} ${name-word} ${name:=word}
//              ${name:+word} ${name%word} ${name##word} …, ${#name}, $? $$ $! $# $0…$9 $@, $(script), `script`,
//              $((arithmetic)), ~, and the patterns * ? [set] [!set]
//
// What is not here (functions, case, [[, here-documents, arrays, braces {a,b}, $'…') is a syntax error. The
// commands are the built-in ones of `builtins.ts` and the programs of `../programs`; an option that those do
// not have ends them with 127. Each such refusal is noted in the machine's `refusals`.

export type WordPart =
  | { readonly kind: 'text'; readonly text: string; readonly isQuoted: boolean }
  | {
      readonly kind: 'variable';
      readonly name: string;
      readonly operation?: { readonly operator: string; readonly operand: Word };
      readonly isQuoted: boolean;
    }
  | { readonly kind: 'command'; readonly script: Script; readonly isQuoted: boolean }
  | { readonly kind: 'arithmetic'; readonly expression: Word; readonly isQuoted: boolean };

export type Word = readonly WordPart[];

export interface Redirection {
  readonly descriptor: 0 | 1 | 2;
  readonly operator: '<' | '>' | '>>' | '>&';
  readonly target: Word;
}

export type Command = { readonly redirections: readonly Redirection[] } & (
  | {
      readonly kind: 'simple';
      readonly assignments: readonly { readonly name: string; readonly value: Word }[];
      readonly words: readonly Word[];
    }
  | { readonly kind: 'group' | 'subshell'; readonly body: Script }
  | {
      readonly kind: 'if';
      readonly branches: readonly { readonly condition: Script; readonly body: Script }[];
      readonly otherwise?: Script;
    }
  | { readonly kind: 'loop'; readonly until: boolean; readonly condition: Script; readonly body: Script }
  | { readonly kind: 'for'; readonly name: string; readonly words?: readonly Word[]; readonly body: Script }
);

export interface Pipeline {
  readonly isNegated: boolean;
  readonly commands: readonly Command[];
}

export interface AndOr {
  readonly first: Pipeline;
  readonly rest: readonly { readonly operator: '&&' | '||'; readonly pipeline: Pipeline }[];
}

export interface Statement {
  readonly andOr: AndOr;
  readonly isBackground: boolean;
}

export type Script = readonly Statement[];

/** The line is not in the grammar above; the message names what is not. */
export class SyntaxFault extends Error {
  override name = 'SyntaxFault';
}
