// A connection of poor quality: bytes pass slowly and arrive late.
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { Clock } from '../../base/std/index.ts';

/** Each way; a login takes about two seconds with it. */
const DELAY_MS = 150;
const BYTES_PER_SECOND = 64 * 1024;

/** What stands in for the socket; ends with it. */
export function slowLink(socket: Socket, clock: Clock): Duplex {
  const out = createLane(clock);
  const back = createLane(clock);
  const link = new Duplex({
    read: () => {},
    write: (bytes: Buffer, _encoding, done) => {
      const deliver = () => {
        if (socket.writable) socket.write(bytes);
      };
      out.send(bytes.length, deliver, done);
    },
    final: (done) => {
      out.send(0, () => socket.end(), done);
    },
  });
  socket.on('data', (bytes: Buffer) => {
    socket.pause();
    const deliver = () => {
      if (!link.destroyed) link.push(bytes);
    };
    back.send(bytes.length, deliver, () => socket.resume());
  });
  socket.once('end', () => {
    const end = () => {
      if (!link.destroyed) link.push(null);
    };
    back.send(0, end, () => {});
  });
  socket.once('close', () => link.destroy());
  link.once('close', () => socket.destroy());
  link.on('error', () => socket.destroy());
  return link;
}

interface Lane {
  /** Calls `onSent` when the bytes have passed and `deliver` when they arrive, each in the order of sending. */
  send(bytes: number, deliver: () => void, onSent: () => void): void;
}

function createLane(clock: Clock): Lane {
  const underWay: (() => void)[] = [];
  return {
    send: (bytes, deliver, onSent) => {
      underWay.push(deliver);
      clock.setTimer((bytes / BYTES_PER_SECOND) * 1000, () => {
        clock.setTimer(DELAY_MS, () => underWay.shift()?.());
        onSent();
      });
    },
  };
}
