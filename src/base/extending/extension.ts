import type { DynamicModule, Type } from '@nestjs/common';
import type { z } from 'zod';

/** What a module of Nest may be given as. */
export type NestModule = Type | DynamicModule;

/** The version of the interface between the exporter and its extensions. */
export const EXTENSION_API_VERSION = 1;

/** What extends the exporter: a module of Nest, under a name. */
export interface Extension<Schema extends z.ZodObject = z.ZodObject> {
  /** Lower-case words with `-` between them; in messages, status and metrics. */
  readonly name: string;
  /** Of the interface that it was written for. */
  readonly apiVersion: typeof EXTENSION_API_VERSION;
  /**
   * Its settings, each a text of the environment: the key `NAMESPACES` of the extension `argocd-clusters` is the variable
   * `MCCE_X_ARGOCD_CLUSTERS_NAMESPACES`. Keys may have a `description` and a `fallback` in their `meta`, for the documentation.
   */
  readonly settings?: Schema;
  /** The module; or, where there are settings, what makes it of them. */
  readonly module: NestModule | ((settings: z.output<Schema>) => NestModule);
}

/** What {@link defineExtension} takes: with settings the module is made of them, without it is what it is. */
export type ExtensionDefinition<Schema extends z.ZodObject> = Pick<Extension, 'name' | 'apiVersion'> &
  (
    | { readonly settings: Schema; readonly module: (settings: z.output<Schema>) => NestModule }
    | { readonly settings?: never; readonly module: NestModule }
  );

/**
 * Defines an extension; to be the default export of its file.
 *
 * ```ts
 * export default defineExtension({ name: 'fleet-clusters', apiVersion: 1, module: FleetModule });
 * ```
 */
export function defineExtension<Schema extends z.ZodObject>(
  definition: ExtensionDefinition<Schema>,
): Extension {
  return definition as unknown as Extension;
}

/** An extension that takes part in an application. */
export interface ActiveExtension {
  readonly name: string;
  readonly module: NestModule;
  /** Where it was loaded from; absent where a program passed it. */
  readonly file?: ExtensionFile;
}

/** The file of an extension. */
export interface ExtensionFile {
  readonly path: string;
  /** Of its content, in hex. */
  readonly sha256: string;
}
