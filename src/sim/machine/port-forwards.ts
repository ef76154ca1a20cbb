// Ports through SSH: from the client to an address that the machine reaches, and from a port of the machine to the
// client. The machine's ports are the host's loopback ports, shared by all machines.
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { Connection, ServerChannel } from 'ssh2';
import type { Log } from '../../base/std/index.ts';

export function serveForwards(connection: Connection, { host, log }: { host: string; log: Log }): void {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  };
  const listeners = new Map<string, Server>();
  connection.once('close', () => {
    for (const socket of sockets) socket.destroy();
    for (const server of listeners.values()) server.close();
  });

  connection.on('tcpip', (accept, reject, { destIP, destPort }) => {
    const socket = connect({ host: destIP, port: destPort, allowHalfOpen: true });
    keep(socket);
    const refuse = () => reject();
    socket.once('error', refuse);
    socket.once('connect', () => {
      socket.off('error', refuse);
      const channel = accept();
      if (channel) join(socket, channel);
      else socket.destroy();
    });
  });

  connection.on('request', (accept, reject, name, info: object) => {
    if (!('bindPort' in info) || !('bindAddr' in info)) return reject?.();
    const bindAddr = String(info.bindAddr);
    const bindPort = Number(info.bindPort);
    const key = (port: number) => `${bindAddr}:${port}`;
    if (name === 'cancel-tcpip-forward') {
      const server = listeners.get(key(bindPort));
      if (!server) return reject?.();
      listeners.delete(key(bindPort));
      server.close();
      return accept?.();
    }
    if (name !== 'tcpip-forward') return reject?.();
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      keep(socket);
      const { port } = server.address() as AddressInfo;
      connection.forwardOut(
        bindAddr,
        port,
        socket.remoteAddress ?? '',
        socket.remotePort ?? 0,
        (error, channel) => {
          if (error) socket.destroy();
          else join(socket, channel);
        },
      );
    });
    server.once('error', (error) => {
      log.debug('a port could not be forwarded', { bindPort, error });
      reject?.();
    });
    // Whatever address is asked for, it is the host's own: sshd does the same without GatewayPorts.
    server.listen(bindPort, host, () => {
      const { port } = server.address() as AddressInfo;
      listeners.set(key(port), server);
      accept?.(port);
    });
  });
}

/** Both directions, each with its own end. */
function join(socket: Socket, channel: ServerChannel): void {
  let endsSeen = 0;
  const sawEnd = () => {
    endsSeen += 1;
    if (endsSeen === 2) channel.close();
  };
  socket.pipe(channel, { end: false });
  // Only the end of what the socket sends: ssh2's `end()` would close the other direction as well.
  socket.once('end', () => {
    channel.write(Buffer.alloc(0), () => {
      channel.eof();
      sawEnd();
    });
  });
  channel.pipe(socket);
  channel.once('end', sawEnd);
  channel.once('close', () => socket.destroy());
  channel.on('error', () => socket.destroy());
  socket.on('error', () => channel.close());
}
