import type { ApiClient, KubeObject } from './api-client.ts';

/** Data of a Secret as text or bytes, by key. */
export type PlainData = Readonly<Record<string, string | Uint8Array>>;

/** One Secret on one API server, as a person edits it. */
export class SecretEditor {
  private readonly client: ApiClient;
  private readonly namespace: string;
  private readonly name: string;

  constructor(client: ApiClient, name: string, namespace = 'default') {
    this.client = client;
    this.namespace = namespace;
    this.name = name;
  }

  /** Undefined: it does not exist. */
  async read(): Promise<KubeObject | undefined> {
    const { status, body } = await this.client.request('GET', this.path);
    if (status === 404) return undefined;
    if (status !== 200) throw new Error(`reading ${this.name} answers ${status}`);
    return body;
  }

  /** The decoded data; empty when the Secret does not exist. */
  async data(): Promise<Map<string, string>> {
    const secret = await this.read();
    return new Map(
      Object.entries(secret?.data ?? {}).map(([key, value]) => [
        key,
        Buffer.from(value, 'base64').toString('utf8'),
      ]),
    );
  }

  async create(data: PlainData, fields: KubeObject = {}): Promise<void> {
    await this.client.must('POST', this.collection, {
      body: {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: this.name },
        data: encode(data),
        ...fields,
      },
    });
  }

  /** Sets keys; null removes one. */
  async edit(data: Readonly<Record<string, string | Uint8Array | null>>): Promise<void> {
    await this.patch({ data: encode(data) });
  }

  async patch(patch: unknown): Promise<void> {
    await this.client.must('PATCH', this.path, { body: patch, contentType: 'application/merge-patch+json' });
  }

  async delete(): Promise<void> {
    await this.client.must('DELETE', this.path);
  }

  private get collection(): string {
    return `/api/v1/namespaces/${this.namespace}/secrets`;
  }

  private get path(): string {
    return `${this.collection}/${this.name}`;
  }
}

function encode(data: Readonly<Record<string, string | Uint8Array | null>>): Record<string, string | null> {
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [
      key,
      value === null ? null : Buffer.from(value).toString('base64'),
    ]),
  );
}
