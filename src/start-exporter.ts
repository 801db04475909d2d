import { checkExtension } from './base/extending/check-extension.ts';
import type { Extension, NestModule } from './base/extending/extension.ts';
import { ExtensionInvalidError } from './base/extending/extension-invalid.error.ts';
import { exitOnFatalErrors, failStart } from './fatal-errors.ts';
import { type RunningExporter, runExporter } from './run-exporter.ts';

/** What the exporter is started with. */
export interface ExporterOptions {
  /** Beside what the core does: what `defineExtension` gives, or modules of Nest. In the order of configuration. */
  extensions?: readonly (Extension | NestModule)[];
  /** The settings; those of the process by default. */
  environment?: Readonly<Record<string, string | undefined>>;
}

/**
 * Starts the exporter in this process, as its image does: by the settings of the environment, until SIGTERM. What keeps it from starting,
 * and what nobody handles afterwards, is written to stderr and ends the process; exit code 78 says that the configuration is wrong.
 */
export async function startExporter({
  extensions = [],
  environment = process.env,
}: ExporterOptions = {}): Promise<RunningExporter> {
  exitOnFatalErrors();
  try {
    if (environment.MCCE_EXTENSIONS)
      throw new ExtensionInvalidError(
        environment.MCCE_EXTENSIONS,
        'cannot be loaded by MCCE_EXTENSIONS in a program that starts the exporter itself',
        'Pass it to startExporter, or run the image of the exporter.',
      );
    const loaded = extensions.map((extension) => ({ extension: checkExtension(extension) }));
    return await runExporter(environment, loaded);
  } catch (error) {
    return await failStart(error);
  }
}
