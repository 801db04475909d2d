import { type Document, isMap, parseAllDocuments } from 'yaml';
import { CommandFailedError } from '../command-failed.error.ts';

interface SecretManifest {
  kind?: unknown;
  metadata?: { name?: unknown };
  data?: Record<string, unknown> | null;
  stringData?: Record<string, unknown> | null;
}

/** A registry in a file of manifests, YAML or JSON. Comments, other objects and other entries stay as they are. */
export class RegistryManifest {
  /** Of the Secret. */
  readonly name: string;

  private constructor(
    private readonly file: string,
    private readonly documents: readonly Document[],
    private readonly secret: Document,
  ) {
    this.name = String(this.manifest.metadata?.name);
  }

  /**
   * @param file its name, for messages
   * @param registry name of the Secret, which counts where there are several
   * @throws CommandFailedError
   */
  static parse(text: string, file: string, registry: string): RegistryManifest {
    const documents: Document[] = [...parseAllDocuments(text)];
    // The parser's message quotes the line that it stumbled upon.
    const [error] = documents.flatMap(({ errors }) => errors);
    if (error)
      throw new CommandFailedError(
        `The file ${file} is no YAML${error.linePos ? ` (line ${error.linePos[0].line})` : ''}.`,
      );
    const secrets = documents.filter((document) => manifestOf(document, file).kind === 'Secret');
    const named = secrets.filter((document) => manifestOf(document, file).metadata?.name === registry);
    const [secret, ...others] = named.length > 0 ? named : secrets;
    if (!secret || others.length > 0)
      throw new CommandFailedError(
        `The file ${file} holds ${secret ? 'several Secrets' : 'no Secret'}; give one with the registry, ${registry} (MCCE_REGISTRY_SECRET names another).`,
      );
    return new RegistryManifest(file, documents, secret);
  }

  /**
   * Base64 text by name of the entry; `stringData` wins over `data`, as on an API server.
   *
   * @throws CommandFailedError for an entry that is none
   */
  get data(): Map<string, string> {
    const { data, stringData } = this.manifest;
    return new Map([
      ...this.entries(data, (value) => this.base64Of(value)),
      ...this.entries(stringData, (value) => Buffer.from(value).toString('base64')),
    ]);
  }

  /** Sets one entry, where it is or as `stringData`. */
  set(name: string, entry: string): void {
    const { data, stringData } = this.manifest;
    const isEncoded = Object.hasOwn(data ?? {}, name) && !Object.hasOwn(stringData ?? {}, name);
    const [field, value] = isEncoded
      ? ['data', Buffer.from(entry).toString('base64')]
      : ['stringData', entry];
    // An empty field is null in YAML, and holds nothing.
    if (!this.manifest[field as 'data' | 'stringData']) this.secret.set(field, this.secret.createNode({}));
    this.secret.setIn([field, name], value);
  }

  toString(): string {
    const [only, ...others] = this.documents;
    // JSON is read as YAML in flow style.
    if (only && others.length === 0 && isMap(only.contents) && only.contents.flow)
      return `${JSON.stringify(only.toJS(), null, 2)}\n`;
    return this.documents.map((document) => document.toString({ lineWidth: 0 })).join('');
  }

  private get manifest(): SecretManifest {
    return manifestOf(this.secret, this.file);
  }

  private entries(
    values: Record<string, unknown> | null | undefined,
    encode: (value: string) => string,
  ): [string, string][] {
    return Object.entries(values ?? {}).map(([name, value]) => {
      if (typeof value !== 'string')
        throw new CommandFailedError(`The entry ${name} in ${this.file} is not text.`);
      return [name, encode(value)];
    });
  }

  /** As an API server takes it: with line breaks, as `base64` makes them. */
  private base64Of(value: string): string {
    const encoded = value.replaceAll(/\s/g, '');
    if (/^[A-Za-z0-9+/]*={0,2}$/.test(encoded) && encoded.length % 4 === 0) return encoded;
    throw new CommandFailedError(
      `A value of data in ${this.file} is not base64; stringData takes plain text.`,
    );
  }
}

function manifestOf(document: Document, file: string): SecretManifest {
  try {
    const value: unknown = document.toJS();
    return typeof value === 'object' && value !== null ? value : {};
  } catch (cause) {
    throw new CommandFailedError(`The file ${file} uses YAML that is not understood.`, { cause });
  }
}
