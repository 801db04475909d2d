import { randomBytes } from 'node:crypto';

/** Secrets that are unlike anything else, so that a trace of one can be found. */
export class Canaries {
  private readonly secrets = new Map<string, string>();

  /** A fresh secret for a place. */
  make(place: string): string {
    const secret = randomBytes(24).toString('hex');
    this.secrets.set(place, secret);
    return secret;
  }

  /** Counts something secret that the test did not choose, such as a private key. */
  add(place: string, secret: string): string {
    this.secrets.set(place, secret);
    return secret;
  }

  /** The places of which a text shows a part: as it is, or encoded. */
  foundIn(text: string): string[] {
    return [...this.secrets]
      .filter(([, secret]) => traces(secret).some((trace) => text.includes(trace)))
      .map(([place]) => place);
  }
}

/** What betrays a secret: a dozen characters of any part of it, plain, in base64 at any offset, in hex, or reversed. */
function traces(secret: string): string[] {
  const parts = secret.split(/\s+/).filter((part) => part.length >= 12 && !part.startsWith('-----'));
  return parts.flatMap((part) => {
    const bytes = Buffer.from(part);
    const encoded = [0, 1, 2].map((offset) =>
      Buffer.concat([Buffer.alloc(offset), bytes])
        .toString('base64')
        .slice(4, -4),
    );
    return [part, bytes.toString('hex'), ...encoded].flatMap((form) => [form.slice(0, 12), form.slice(-12)]);
  });
}
