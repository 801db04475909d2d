import { registerHooks } from 'node:module';

/** A module, as `import * as` gives it. */
export type Namespace = Readonly<Record<string, unknown>>;

const SCHEME = 'mcce-shared:';
/** Where the sources below find the running modules. */
const SHARED = Symbol.for('multi-cluster-config-exporter/shared-modules');

/**
 * Has everything that is loaded from now on get the running instances of these modules, whatever it would find beside it: the classes of
 * Nest, of rxjs and of ourselves are told apart by identity.
 *
 * @param modules by what they are imported as
 */
export function shareModules(modules: ReadonlyMap<string, Namespace>): void {
  Object.assign(globalThis, { [SHARED]: modules });
  registerHooks({
    resolve: (specifier, context, nextResolve) =>
      modules.has(specifier)
        ? { url: SCHEME + specifier, format: 'module', shortCircuit: true }
        : nextResolve(specifier, context),
    load: (url, context, nextLoad) => {
      const specifier = url.startsWith(SCHEME) ? url.slice(SCHEME.length) : undefined;
      const module = specifier === undefined ? undefined : modules.get(specifier);
      if (specifier === undefined || !module) return nextLoad(url, context);
      return { format: 'module', source: sourceOf(specifier, module), shortCircuit: true };
    },
  });
}

/** An ES module that exports what the running one does. Some names are words of the language. */
function sourceOf(specifier: string, module: Namespace): string {
  const names = Object.keys(module).filter((name) => name !== 'default' && name !== 'module.exports');
  return [
    `const module = globalThis[Symbol.for(${JSON.stringify(SHARED.description)})].get(${JSON.stringify(specifier)});`,
    ...names.map((name, index) => `const e${index} = module[${JSON.stringify(name)}];`),
    `export { ${names.map((name, index) => `e${index} as ${JSON.stringify(name)}`).join(', ')} };`,
    `export default module.default ?? module;`,
  ].join('\n');
}
