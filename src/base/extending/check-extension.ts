import { basename, extname } from 'node:path';
import { type Extension, EXTENSION_API_VERSION, type NestModule } from './extension.ts';
import { ExtensionInvalidError } from './extension-invalid.error.ts';

/** Names go into variables, metrics and paths of the status. */
const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/**
 * Takes what a program passed, or a file exports, as an extension. A plain module of Nest is one without settings; its name is that of the
 * file, or of the class.
 *
 * @param path of the file; undefined: a program passed it
 * @throws ExtensionInvalidError
 */
export function checkExtension(value: unknown, path?: string): Extension {
  const extension = asExtension(value, path);
  const { name, module } = extension;
  const apiVersion: number = extension.apiVersion;
  const what = typeof name === 'string' && name !== '' ? name : (path ?? 'without a name');
  if (apiVersion !== EXTENSION_API_VERSION)
    throw new ExtensionInvalidError(
      what,
      `is of the interface version ${apiVersion}, and this exporter has version ${EXTENSION_API_VERSION}`,
      'Take a version of the extension that fits the exporter.',
    );
  if (typeof name !== 'string' || !NAME.test(name))
    throw new ExtensionInvalidError(
      what,
      'has no usable name',
      'Give it a name of lower-case letters and digits, with - between words.',
    );
  if (!isModule(module) && !(extension.settings && typeof module === 'function'))
    throw new ExtensionInvalidError(what, 'has no module', 'Set "module" to a module of Nest.');
  return extension;
}

function asExtension(value: unknown, path: string | undefined): Extension {
  if (isModule(value)) {
    const name = path === undefined ? kebab(classOf(value)) : basename(path, extname(path));
    return { name, apiVersion: EXTENSION_API_VERSION, module: value };
  }
  if (typeof value === 'object' && value !== null && 'apiVersion' in value) return value as Extension;
  throw new ExtensionInvalidError(
    path ?? 'that was passed',
    'is no extension',
    'Its default export has to be what defineExtension gives, or a module of Nest.',
  );
}

function isModule(value: unknown): value is NestModule {
  if (typeof value === 'function') return /^class\b/.test(Function.prototype.toString.call(value));
  return typeof value === 'object' && value !== null && 'module' in value && !('apiVersion' in value);
}

function classOf(module: NestModule): string {
  return 'module' in module ? module.module.name : module.name;
}

/** `FleetClustersModule` → `fleet-clusters`. */
function kebab(name: string): string {
  return name
    .replace(/Module$/, '')
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase();
}
