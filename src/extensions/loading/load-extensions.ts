import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, isAbsolute } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { checkExtension } from '../../base/extending/check-extension.ts';
import type { LoadedExtension } from '../../base/extending/activate.ts';
import { withTimeLimit } from '../../base/time/time-limit.ts';
import { untilAborted } from '../../base/time/until-aborted.ts';
import { ExtensionInvalidError } from '../../base/extending/extension-invalid.error.ts';

/** For what a file does when it is loaded. Milliseconds. */
const LOAD_LIMIT_MS = 10_000;

/**
 * Loads extensions; to be called once what they share with us is shared.
 *
 * @param listed names of built-in ones, or absolute paths
 * @param builtIns the folder that has `<name>.js` of each built-in one
 * @throws ExtensionInvalidError
 */
export async function loadExtensions(listed: readonly string[], builtIns: URL): Promise<LoadedExtension[]> {
  const loaded: LoadedExtension[] = [];
  // One after the other: what goes wrong is reported for the first.
  for (const each of listed) loaded.push(await load(each, builtIns));
  return loaded;
}

async function load(listed: string, builtIns: URL): Promise<LoadedExtension> {
  const path = isAbsolute(listed) ? listed : fileURLToPath(new URL(`${listed}.js`, builtIns));
  const sha256 = createHash('sha256')
    .update(read(listed, path, builtIns))
    .digest('hex');
  const file = { path, sha256 };
  let exported: { default?: unknown };
  try {
    exported = await withTimeLimit(LOAD_LIMIT_MS, new AbortController().signal, (limit) =>
      untilAborted(limit, import(pathToFileURL(path).href) as Promise<{ default?: unknown }>),
    );
  } catch (cause) {
    throw new ExtensionInvalidError(
      listed,
      `cannot be loaded${reasonOf(cause)}`,
      'Check that it is an ES module, that it brings along what it imports, and that it waits for nothing.',
      { cause },
    );
  }
  return { extension: checkExtension(exported.default, path), file };
}

function read(listed: string, path: string, builtIns: URL): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    const remedy = isAbsolute(listed)
      ? 'Correct the path in MCCE_EXTENSIONS, or put the file there.'
      : `Correct the name in MCCE_EXTENSIONS: ${builtInNames(builtIns)}.`;
    const what = isAbsolute(listed) ? 'cannot be read' : 'is none of the built-in ones';
    throw new ExtensionInvalidError(listed, `${what}${isAbsolute(listed) ? reasonOf(cause) : ''}`, remedy, {
      cause,
    });
  }
}

function builtInNames(builtIns: URL): string {
  try {
    const names = readdirSync(builtIns)
      .filter((name) => name.endsWith('.js'))
      .map((name) => basename(name, '.js'));
    return names.length > 0 ? `there are ${names.toSorted().join(', ')}` : 'there are none';
  } catch {
    return 'there are none';
  }
}

/** Only the code: a message may quote the file. */
function reasonOf(cause: unknown): string {
  const { code } = (cause ?? {}) as { code?: unknown };
  return typeof code === 'string' ? ` (${code})` : cause instanceof Error ? ` (${cause.name})` : '';
}
