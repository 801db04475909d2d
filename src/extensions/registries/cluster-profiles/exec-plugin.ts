import { spawn } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { type ObtainedCredentials } from '../../../index.ts';
import { CredentialPluginError } from './credential-plugin.error.ts';

/** A program to be run, with all that it is given. */
export interface PluginCall {
  /** For messages. */
  readonly provider: string;
  readonly apiVersion: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Beside those of our own process. */
  readonly env: Readonly<Record<string, string>>;
  /** The ExecCredential that tells it about the cluster. */
  readonly info: object;
}

/** What a plugin gave. */
export interface PluginCredentials extends ObtainedCredentials {
  /** Undefined: it did not say; then they are good until they are refused. */
  readonly expires?: Date;
}

/** Bounds on a run. */
export interface PluginLimits {
  readonly timeoutMs: number;
  readonly outputBytes: number;
}

const optional = z.string().min(1).nullish();
/** ExecCredential (client.authentication.k8s.io/v1); it may have fields that we do not know. */
const execCredential = z.object({
  apiVersion: z.string(),
  kind: z.literal('ExecCredential'),
  status: z.object({
    token: optional,
    clientCertificateData: optional,
    clientKeyData: optional,
    expirationTimestamp: z.iso.datetime({ offset: true }).nullish(),
  }),
});

/**
 * Runs a credential plugin: a program of the operator's, without a shell. Only what it prints on stdout is looked at, and nothing of it
 * is ever shown.
 *
 * @param signal kills it, with all that it started
 * @throws CredentialPluginError
 */
export async function runPlugin(
  call: PluginCall,
  { timeoutMs, outputBytes }: PluginLimits,
  signal: AbortSignal,
): Promise<PluginCredentials> {
  const { provider, command, args, env, info } = call;
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const child = spawn(command, args, {
    env: { ...process.env, ...env, KUBERNETES_EXEC_INFO: JSON.stringify(info) },
    stdio: ['ignore', 'pipe', 'ignore'],
    // A group of its own, so that what it started ends with it.
    detached: true,
  });
  const kill = () => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has ended.
    }
  };
  const give = (how: string, remedy?: string, cause?: unknown) => {
    reject(new CredentialPluginError(provider, how, { ...(remedy !== undefined && { remedy }), cause }));
    kill();
  };
  const limit = setTimeout(
    () => give(`did not exit within ${timeoutMs / 1_000} s`, 'Run it by hand to see what it waits for.'),
    timeoutMs,
  );
  const stop = () => give('was stopped');
  signal.addEventListener('abort', stop, { once: true });
  const chunks: Buffer[] = [];
  let bytes = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > outputBytes) give(`printed more than ${outputBytes} bytes`);
    else chunks.push(chunk);
  });
  child.on('error', (error: NodeJS.ErrnoException) =>
    give(
      `cannot be started${error.code === undefined ? '' : ` (${error.code})`}`,
      'Put the program into the image, and correct "command" in the file of the providers.',
      error,
    ),
  );
  child.on('close', (code, killed) => {
    if (code === 0) resolve(Buffer.concat(chunks).toString('utf8'));
    else give(code === null ? `was ended by ${killed}` : `exited with code ${code}`);
  });
  try {
    if (signal.aborted) stop();
    return parse(call, await promise);
  } finally {
    clearTimeout(limit);
    signal.removeEventListener('abort', stop);
  }
}

function parse({ provider, apiVersion }: PluginCall, output: string): PluginCredentials {
  const refuse = (how: string): never => {
    throw new CredentialPluginError(provider, how);
  };
  const credential = execCredential.safeParse(json(output));
  if (!credential.success) return refuse('printed no ExecCredential');
  const { data } = credential;
  if (data.apiVersion !== apiVersion) return refuse(`answered with another version than ${apiVersion}`);
  const { token, clientCertificateData: cert, clientKeyData: key, expirationTimestamp } = data.status;
  if (token && !/^[\x21-\x7e]+$/.test(token)) return refuse('gave a token with characters that no token has');
  if (Boolean(cert) !== Boolean(key))
    return refuse('gave a certificate without its key, or a key without its certificate');
  if (cert && key && !isPair(cert, key))
    return refuse('gave a certificate and a key that cannot be used together');
  if (!token && !cert) return refuse('gave neither a token nor a certificate');
  return {
    ...(token && { token }),
    ...(cert && key && { cert, key }),
    ...(expirationTimestamp && { expires: new Date(expirationTimestamp) }),
  };
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isPair(cert: string, key: string): boolean {
  try {
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch {
    return false;
  }
}
