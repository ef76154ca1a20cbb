// The SFTP server on a channel: cuts its bytes into packets and answers them one after the other, holding still while
// the client does not read.
import type { ServerChannel } from 'ssh2';
import { createSftpAnswers, PACKET_BYTES_MAX } from './answer-request.ts';
import type { SftpDisk } from './sftp-disk.ts';

/** Data and the rest of a packet: a client that sends more is not one of SFTP. */
const LENGTH_MAX = PACKET_BYTES_MAX + 1024;

export function serveSftp(channel: ServerChannel, disk: SftpDisk): void {
  const answers = createSftpAnswers(disk);
  const whole = createPacketCutter();
  let hasEnded = false;
  let isWaiting = false;

  /** Answers what is there; false once it had to stop. */
  const answerAll = (): void => {
    try {
      for (let next = whole.next(); next && !hasEnded; next = whole.next()) {
        if (!channel.write(answers.answer(next))) {
          isWaiting = true;
          channel.pause();
          channel.once('drain', () => {
            isWaiting = false;
            channel.resume();
            answerAll();
          });
          return;
        }
      }
      if (whole.isAtEnd() && !isWaiting) end(0);
    } catch {
      // Bytes that are no request: there is nobody to say so to.
      end(1);
    }
  };
  /** The status goes first: without it, and without an end of ours, OpenSSH's scp fails or waits for ever. */
  const end = (status: number): void => {
    if (hasEnded) return;
    hasEnded = true;
    answers.closeAll();
    channel.exit(status);
    channel.end();
  };
  channel.on('data', (bytes: Buffer) => {
    whole.add(bytes);
    if (!isWaiting) answerAll();
  });
  channel.on('end', () => {
    whole.finish();
    if (!isWaiting) answerAll();
  });
  channel.on('close', () => {
    hasEnded = true;
    answers.closeAll();
  });
}

interface PacketCutter {
  add(bytes: Buffer): void;
  finish(): void;
  /** A whole packet without its length, or undefined until more bytes have come. Throws on an absurd length. */
  next(): Buffer | undefined;
  /** No more bytes come, and no whole packet is left. */
  isAtEnd(): boolean;
}

function createPacketCutter(): PacketCutter {
  const pieces: Buffer[] = [];
  let have = 0;
  let isFinished = false;
  const take = (length: number): Buffer => {
    have -= length;
    const [first] = pieces;
    if (first && first.length >= length) {
      if (first.length === length) pieces.shift();
      else pieces[0] = first.subarray(length);
      return first.subarray(0, length);
    }
    const taken = Buffer.allocUnsafe(length);
    for (let at = 0; at < length; ) {
      const piece = pieces[0] as Buffer;
      const part = piece.subarray(0, length - at);
      part.copy(taken, at);
      at += part.length;
      if (part.length === piece.length) pieces.shift();
      else pieces[0] = piece.subarray(part.length);
    }
    return taken;
  };
  let wanted: number | undefined;
  return {
    add: (bytes) => {
      pieces.push(bytes);
      have += bytes.length;
    },
    finish: () => {
      isFinished = true;
    },
    next: () => {
      if (wanted === undefined) {
        if (have < 4) return undefined;
        wanted = take(4).readUInt32BE();
        if (wanted < 5 || wanted > LENGTH_MAX) throw new RangeError(`SFTP packet of ${wanted} bytes`);
      }
      if (have < wanted) return undefined;
      const bytes = take(wanted);
      wanted = undefined;
      return bytes;
    },
    isAtEnd: () => isFinished,
  };
}
