import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { parseSettings } from '../../base/config/settings.ts';
import { CommandFailedError } from '../command-failed.error.ts';
import { API_VERSION, type Format, formatDocument } from '../document.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import type { Invocation } from '../invocation.ts';
import { registryEntries } from '../registry/registry-entries.ts';
import { RegistryManifest } from '../registry/registry-manifest.ts';
import { registryTable } from '../registry/registry-table.ts';

/** Options of `mcce validate`. */
export interface ValidateOptions {
  filename: string;
  output: Format;
}

/** Judges the entries of a manifest as the exporter would, without any cluster. */
export async function validate({ terminal, options }: Invocation<ValidateOptions>): Promise<ExitCode> {
  const settings = parseSettings(terminal.environment);
  const { filename } = options;
  const manifest = RegistryManifest.parse(await readManifest(filename), filename, settings.registrySecret);
  const { name: found, data } = manifest;
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
