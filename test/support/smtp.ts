// A small SMTP server on loopback: greets, upgrades by STARTTLS, checks AUTH, keeps what it was sent, and answers a
// command otherwise, or not at all, where a test says so.
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import { onTestFinished } from 'vitest';

export interface SmtpOptions {
  /** Without it nobody has to log in. */
  readonly login?: { readonly user: string; readonly password: string };
  /** PEM; without it there is no STARTTLS. */
  readonly identity?: { readonly key: string; readonly cert: string };
  /** TLS from the first byte. */
  readonly isImplicit?: boolean;
  /** By the command's first word (`AUTH`, `RCPT`, `DATA`; `GREETING`; `.` for the end of a mail): an answer, or silence. */
  readonly answers?: Readonly<Record<string, string>>;
}

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly text: string;
  readonly isEncrypted: boolean;
  readonly user: string | undefined;
}

export interface SmtpServer {
  readonly port: number;
  /** Those that it took. */
  readonly mails: readonly ReceivedMail[];
  /** Also those that it refused after their end. */
  readonly offered: readonly ReceivedMail[];
  /** First words of the commands, in order; first of all `GREETING`. */
  readonly commands: readonly string[];
  readonly isOpen: boolean;
  /** From now on. */
  answer(answers: Readonly<Record<string, string>>): void;
  /** Resolves when a command of that first word has come. */
  came(word: string): Promise<void>;
  /** Resolves when no connection is open. */
  idle(): Promise<void>;
}

export const SILENCE = '(silence)';

export async function startSmtp({
  login,
  identity,
  isImplicit,
  answers = {},
}: SmtpOptions = {}): Promise<SmtpServer> {
  const mails: ReceivedMail[] = [];
  const offered: ReceivedMail[] = [];
  const commands: string[] = [];
  const open = new Set<Socket>();
  let script = answers;
  const server = createServer((raw) => {
    open.add(raw);
    raw.on('error', () => {});
    raw.on('close', () => {
      open.delete(raw);
      server.emit('left');
    });
    const secured = () =>
      new TLSSocket(raw, { isServer: true, secureContext: createSecureContext(identity) });
    serve(isImplicit ? secured() : raw, isImplicit === true);

    function serve(socket: Socket, isEncrypted: boolean): void {
      let [from, user, text, rest] = [
        '',
        undefined as string | undefined,
        undefined as string | undefined,
        '',
      ];
      let to: string[] = [];
      const say = (word: string, usual: string) => {
        const answer = script[word] ?? usual;
        if (answer !== SILENCE) socket.write(`${answer}\r\n`);
        return answer;
      };
      const replies: Record<string, (line: string) => void> = {
        EHLO: () => {
          const lines = [
            'test',
            ...(identity && !isEncrypted ? ['STARTTLS'] : []),
            ...(login ? ['AUTH PLAIN'] : []),
          ];
          say('EHLO', lines.map((line, n) => `250${n === lines.length - 1 ? ' ' : '-'}${line}`).join('\r\n'));
        },
        STARTTLS: () => {
          if (!say('STARTTLS', identity ? '220 go ahead' : '502 no').startsWith('220')) return;
          socket.removeAllListeners('data');
          serve(secured(), true);
        },
        AUTH: (line) => {
          const [, name, password] = Buffer.from(line.split(' ')[2] ?? '', 'base64')
            .toString()
            .split('\0');
          const isRight = name === login?.user && password === login?.password;
          if (say('AUTH', isRight ? '235 in' : '535 5.7.8 wrong user or password').startsWith('235'))
            user = name;
        },
        MAIL: (line) => {
          from = /<(.*?)>/.exec(line)?.[1] ?? '';
          say('MAIL', login && user === undefined ? '530 5.7.0 log in first' : '250 ok');
        },
        RCPT: (line) => {
          if (say('RCPT', '250 ok').startsWith('250')) to.push(/<(.*?)>/.exec(line)?.[1] ?? '');
        },
        DATA: () => {
          if (say('DATA', '354 go on').startsWith('354')) text = '';
        },
        RSET: () => say('RSET', '250 ok'),
        QUIT: () => {
          say('QUIT', '221 bye');
          socket.end();
        },
      };
      if (isEncrypted === (isImplicit === true)) {
        commands.push('GREETING');
        server.emit('command');
        say('GREETING', '220 test ESMTP');
      }
      socket.on('error', () => {});
      socket.on('data', (piece) => {
        rest += piece.toString('latin1');
        for (let end = rest.indexOf('\r\n'); end >= 0; end = rest.indexOf('\r\n')) {
          const line = rest.slice(0, end);
          rest = rest.slice(end + 2);
          if (text !== undefined && line !== '.') {
            text += `${line}\n`;
            continue;
          }
          const word = line.split(/[ :]/)[0]?.toUpperCase() ?? '';
          commands.push(word);
          server.emit('command');
          if (text === undefined) (replies[word] ?? (() => say(word, '500 what?')))(line);
          else {
            const mail = { from, to, text, isEncrypted, user };
            [text, to] = [undefined, []];
            offered.push(mail);
            if (say('.', '250 taken').startsWith('250')) mails.push(mail);
          }
        }
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    for (const socket of open) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return {
    port: (server.address() as AddressInfo).port,
    mails,
    offered,
    commands,
    get isOpen() {
      return open.size > 0;
    },
    answer: (next) => {
      script = next;
    },
    came: async (word) => {
      while (!commands.includes(word)) await once(server, 'command');
    },
    idle: async () => {
      while (open.size > 0) await once(server, 'left');
    },
  };
}
