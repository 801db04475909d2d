import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

/** How a link to a server behaves. It may change while the link is used. */
export interface LinkConditions {
  /** Of the network. The dial takes one, every exchange another. */
  roundTripMs: number;
  /** Nothing passes, and nobody is told. */
  blackHole: boolean;
}

/** A connection as it looks over a network: every byte arrives half a round trip late. */
export class DelayedLink extends Duplex {
  private readonly socket: Socket;
  private readonly conditions: LinkConditions;

  constructor(socket: Socket, conditions: LinkConditions) {
    super();
    this.socket = socket;
    this.conditions = conditions;
    const oneWayMs = conditions.roundTripMs / 2;
    // The dial's own round trip has passed at once, on loopback. The first bytes make up for it.
    let dialMs = conditions.roundTripMs;
    socket.on('data', (chunk: Buffer) => {
      if (conditions.blackHole) return;
      setTimeout(() => !this.destroyed && this.push(chunk), oneWayMs + dialMs);
      dialMs = 0;
    });
    socket.on('end', () => setTimeout(() => !this.destroyed && this.push(null), oneWayMs));
    socket.on('error', () => this.destroy());
    socket.on('close', () => this.destroy());
  }

  override _read(): void {
    // Pushed as it comes.
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    if (!this.conditions.blackHole)
      setTimeout(() => !this.socket.destroyed && this.socket.write(chunk), this.conditions.roundTripMs / 2);
    done();
  }

  override _final(done: (error?: Error) => void): void {
    setTimeout(() => this.socket.end(), this.conditions.roundTripMs / 2);
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.socket.destroy();
    done(error);
  }
}
