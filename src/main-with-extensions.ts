import { exitOnFatalErrors, failStart } from './fatal-errors.ts';
import { extensionsListed } from './base/config/settings.ts';
import { loadExtensions } from './extensions/loading/load-extensions.ts';
import { shareModules } from './extensions/loading/share-modules.ts';
import { SHARED_MODULES } from './extensions/loading/shared-modules.ts';
import { runExporter } from './run-exporter.ts';

// The service with the extensions that MCCE_EXTENSIONS lists. A program of its own: without them nobody pays for what they may need.
exitOnFatalErrors();
await start().catch(failStart);

async function start(): Promise<void> {
  const listed = extensionsListed(process.env);
  shareModules(SHARED_MODULES);
  await runExporter(process.env, await loadExtensions(listed, new URL('extensions/', import.meta.url)));
}
