import { pathToFileURL } from 'node:url';
import { UnknownDependenciesException } from '@nestjs/core/errors/exceptions/unknown-dependencies.exception.js';
import { ExporterError } from '../errors/exporter.error.ts';
import { withTimeLimit } from '../time/time-limit.ts';
import { untilAborted } from '../time/until-aborted.ts';
import type { ActiveExtension } from './extension.ts';
import { ExtensionInvalidError } from './extension-invalid.error.ts';

/** For constructors and Nest's hooks, which wait for nothing. Milliseconds. */
const START_LIMIT_MS = 20_000;

/**
 * Starts what extensions are a part of. Where one of them throws, rejects or hangs meanwhile, the start ends with its name, as far as
 * that can be told.
 *
 * @throws ExtensionInvalidError
 */
export async function startExtended<Result>(
  extensions: readonly ActiveExtension[],
  start: () => Promise<Result>,
): Promise<Result> {
  if (extensions.length === 0) return await start();
  const never = new AbortController();
  return await withTimeLimit(START_LIMIT_MS, never.signal, async (limit) => {
    try {
      return await untilAborted(limit, start());
    } catch (error) {
      throw error instanceof ExporterError ? error : blame(extensions, error, limit.aborted);
    }
  });
}

function blame(
  extensions: readonly ActiveExtension[],
  cause: unknown,
  isLate: boolean,
): ExtensionInvalidError {
  const seen = extensions.filter((extension) => isIn(extension, cause));
  const names = (seen.length > 0 ? seen : extensions).map(({ name }) => name).join(' or ');
  const how = isLate
    ? `has not started within ${START_LIMIT_MS / 1_000} s`
    : `failed to start${reasonOf(cause)}`;
  return new ExtensionInvalidError(
    names,
    how,
    'Correct its providers and their hooks, or take it out of MCCE_EXTENSIONS.',
    { cause },
  );
}

/** Whether an error was thrown by the file of an extension. */
function isIn({ file }: ActiveExtension, error: unknown): boolean {
  if (!file || !(error instanceof Error)) return false;
  return error.stack?.includes(pathToFileURL(file.path).href) ?? false;
}

/** Of what Nest says that is the sentence with names of classes. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof UnknownDependenciesException)) return '';
  const [sentence = ''] = cause.message.split('\n');
  return `: ${sentence.replace(/\.\s*$/, '')}`;
}
