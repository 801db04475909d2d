import { createHash } from 'node:crypto';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';

/** What a context is made of. All PEM. */
export type SecureContextParts = Pick<SecureContextOptions, 'ca' | 'cert' | 'key' | 'passphrase'>;

/**
 * Parsed authorities and certificates, shared by all connections that use the same ones. To parse them costs about a
 * millisecond and 40 KiB each time, and clusters of one fleet often have one authority.
 */
export class SecureContexts {
  private readonly contexts = new Map<string, WeakRef<SecureContext>>();
  private readonly forgotten = new FinalizationRegistry((digest: string) => {
    if (!this.contexts.get(digest)?.deref()) this.contexts.delete(digest);
  });

  /** @throws Error of OpenSSL for what is no PEM */
  of({ ca, cert, key, passphrase }: SecureContextParts): SecureContext {
    const digest = digestOf([ca, cert, key, passphrase]);
    const known = this.contexts.get(digest)?.deref();
    if (known) return known;
    const context = createSecureContext({
      ...(ca !== undefined && { ca }),
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
      ...(passphrase !== undefined && { passphrase }),
    });
    this.contexts.set(digest, new WeakRef(context));
    this.forgotten.register(context, digest);
    return context;
  }
}

function digestOf(parts: readonly unknown[]): string {
  const texts = parts.map((part) => (Buffer.isBuffer(part) ? part.toString('latin1') : (part ?? null)));
  return createHash('sha256').update(JSON.stringify(texts)).digest('base64');
}
