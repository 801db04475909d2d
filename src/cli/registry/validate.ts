import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { loadAll } from 'js-yaml';
import { parseSettings } from '../../base/config/settings.ts';
import { CommandFailedError } from '../command-failed.error.ts';
import { API_VERSION, type Format, formatDocument } from '../document.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import type { Invocation } from '../invocation.ts';
import { registryEntries } from './registry-entries.ts';
import { registryTable } from './registry-table.ts';

/** Options of `mcce validate`. */
export interface ValidateOptions {
  filename: string;
  output: Format;
}

/** Judges the entries of a manifest as the exporter would, without any cluster. */
export async function validate({ terminal, options }: Invocation<ValidateOptions>): Promise<ExitCode> {
  const settings = parseSettings(terminal.environment);
  const { name: found, data } = registryIn(
    await readManifest(options.filename),
    options.filename,
    settings.registrySecret,
  );
  if (found !== settings.registrySecret)
    terminal.note(
      `warning: the Secret is called ${found}, and the exporter reads ${settings.registrySecret} (MCCE_REGISTRY_SECRET names another)`,
    );
  const entries = registryEntries(data, settings);
  const document = { apiVersion: API_VERSION, kind: 'RegistryValidation', entries } as const;
  terminal.print(formatDocument(document, options.output, (wide) => registryTable(entries, terminal, wide)));
  for (const { name, verdict, messages } of entries)
    for (const message of messages)
      terminal.note(`${name}: ${verdict === 'refused' ? '' : 'warning: '}${message}`);
  return entries.some(({ verdict }) => verdict === 'refused') ? EXIT.degraded : EXIT.good;
}

async function readManifest(file: string): Promise<string> {
  try {
    return file === '-' ? await text(process.stdin) : await readFile(file, 'utf8');
  } catch (cause) {
    throw new CommandFailedError(`The file ${file} cannot be read.`, { cause });
  }
}

interface SecretManifest {
  kind?: unknown;
  metadata?: { name?: unknown };
  data?: Record<string, unknown> | null;
  stringData?: Record<string, unknown> | null;
}

/**
 * The registry in a manifest, base64 text by name; `stringData` wins over `data`, as on an API server.
 *
 * @throws CommandFailedError
 */
function registryIn(
  manifest: string,
  file: string,
  registry: string,
): { name: string; data: Map<string, string> } {
  const secrets = documentsOf(manifest, file).filter(({ kind }) => kind === 'Secret');
  const named = secrets.filter(({ metadata }) => metadata?.name === registry);
  const [secret, ...others] = named.length > 0 ? named : secrets;
  if (!secret || others.length > 0)
    throw new CommandFailedError(
      `The file ${file} holds ${secret ? 'several Secrets' : 'no Secret'}; give one with the registry, ${registry} (MCCE_REGISTRY_SECRET names another).`,
    );
  const entries = (values: Record<string, unknown> | null | undefined, encode: (value: string) => string) =>
    Object.entries(values ?? {}).map(([name, value]): [string, string] => {
      if (typeof value !== 'string')
        throw new CommandFailedError(`The entry ${name} in ${file} is not text.`);
      return [name, encode(value)];
    });
  const data = new Map([
    ...entries(secret.data, (value) => base64Of(value, file)),
    ...entries(secret.stringData, (value) => Buffer.from(value).toString('base64')),
  ]);
  return { name: String(secret.metadata?.name), data };
}

function documentsOf(manifest: string, file: string): SecretManifest[] {
  try {
    const documents = loadAll(manifest) as (SecretManifest | null)[];
    return documents.filter(
      (document): document is SecretManifest => typeof document === 'object' && document !== null,
    );
  } catch (cause) {
    // The parser's message quotes the line that it stumbled upon.
    const { mark } = cause as { mark?: { line: number } };
    const where = mark ? ` (line ${mark.line + 1})` : '';
    throw new CommandFailedError(`The file ${file} is no YAML${where}.`, { cause });
  }
}

/** As an API server takes it: with line breaks, as `base64` makes them. */
function base64Of(value: string, file: string): string {
  const encoded = value.replaceAll(/\s/g, '');
  if (/^[A-Za-z0-9+/]*={0,2}$/.test(encoded) && encoded.length % 4 === 0) return encoded;
  throw new CommandFailedError(`A value of data in ${file} is not base64; stringData takes plain text.`);
}
