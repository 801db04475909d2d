import { access, chmod, readFile, rename, writeFile } from 'node:fs/promises';
import { dump } from 'js-yaml';
import type { ObjectRef } from '../../kube/objects/object-ref.ts';
import { CommandFailedError } from '../command-failed.error.ts';
import { RegistryManifest } from '../registry/registry-manifest.ts';

/** Options of commands that can write an entry into a file, for those who keep the registry elsewhere. */
export interface ManifestOptions {
  /** A new file with a manifest of this one entry. */
  export?: string;
  /** A file with a manifest of the registry. */
  into?: string;
}

/** The file that takes an entry in place of the registry on the hub. Only its owner may read it: it holds tokens. */
export class ManifestFile {
  private constructor(
    readonly path: string,
    private readonly isThere: boolean,
    private readonly registry: ObjectRef,
  ) {}

  /** @returns undefined where the registry on the hub is meant */
  static of({ export: created, into }: ManifestOptions, registry: ObjectRef): ManifestFile | undefined {
    if (created !== undefined) return new ManifestFile(created, false, registry);
    return into === undefined ? undefined : new ManifestFile(into, true, registry);
  }

  /**
   * Refuses what could not be written, before anything is made.
   *
   * @param replaces whether the entry is known
   * @throws CommandFailedError
   */
  async prepare(name: string, replaces: boolean): Promise<void> {
    if (this.isThere) {
      const has = (await this.read()).data.has(name);
      if (has && !replaces)
        throw new CommandFailedError(
          `The file ${this.path} has an entry ${name} already; choose another name with --name, or use \`mcce cluster rotate\`.`,
        );
      return;
    }
    const there = await access(this.path).then(
      () => true,
      () => false,
    );
    if (there)
      throw new CommandFailedError(
        `The file ${this.path} is there already; name another, or use --into to add the entry to it.`,
      );
  }

  /** @throws CommandFailedError */
  async write(name: string, entry: string): Promise<void> {
    const text = this.isThere ? await this.withEntry(name, entry) : this.manifestOf(name, entry);
    const written = this.isThere ? `${this.path}.mcce` : this.path;
    try {
      await writeFile(written, text, { mode: 0o600, flag: 'wx' });
      await chmod(written, 0o600);
      // A reader never sees half of it.
      if (this.isThere) await rename(written, this.path);
    } catch (cause) {
      throw new CommandFailedError(`The file ${written} cannot be written; name another.`, { cause });
    }
  }

  private async withEntry(name: string, entry: string): Promise<string> {
    const manifest = await this.read();
    const before = manifest.data;
    manifest.set(name, entry);
    const text = manifest.toString();
    const after = RegistryManifest.parse(text, this.path, this.registry.name).data;
    before.set(name, Buffer.from(entry).toString('base64'));
    const isAsMeant =
      after.size === before.size && [...before].every(([key, value]) => after.get(key) === value);
    if (isAsMeant) return text;
    throw new CommandFailedError(
      `The file ${this.path} cannot be changed without touching other entries; use --export.`,
    );
  }

  private manifestOf(name: string, entry: string): string {
    return dump({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: this.registry,
      type: 'Opaque',
      stringData: { [name]: entry },
    });
  }

  private async read(): Promise<RegistryManifest> {
    const text = await readFile(this.path, 'utf8').catch((cause: unknown) => {
      throw new CommandFailedError(`The file ${this.path} cannot be read; use --export for a new one.`, {
        cause,
      });
    });
    return RegistryManifest.parse(text, this.path, this.registry.name);
  }
}
