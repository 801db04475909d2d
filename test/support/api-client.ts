import { Agent } from 'undici';

/** A JSON object of the Kubernetes API. */
export interface KubeObject {
  apiVersion?: string;
  kind?: string;
  metadata?: {
    name?: string;
    namespace?: string;
    uid?: string;
    resourceVersion?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    managedFields?: { manager: string; operation: string; time?: string; fieldsV1?: unknown }[];
    [field: string]: unknown;
  };
  type?: string;
  data?: Record<string, string>;
  items?: KubeObject[];
  status?: unknown;
  code?: number;
  reason?: string;
  details?: { name?: string; kind?: string };
  [field: string]: unknown;
}

/** An answer of the API server, whatever its status. */
export interface ApiAnswer {
  status: number;
  body: KubeObject;
}

/** What a request carries beyond method and path. */
export interface ApiRequest {
  body?: unknown;
  contentType?: string;
  token?: string;
}

/**
 * The tests' own way to an API server, apart from the code under test. Throws only if there is no answer at all.
 */
export class ApiClient {
  readonly server: string;
  private readonly token: string;
  private readonly agent: Agent;

  constructor({ server, ca, token }: { server: string; ca: string; token: string }) {
    this.server = server;
    this.token = token;
    this.agent = new Agent({ allowH2: false, connect: { ca }, bodyTimeout: 0 });
  }

  async request(
    method: string,
    path: string,
    { body, contentType, token }: ApiRequest = {},
  ): Promise<ApiAnswer> {
    const response = await this.agent.request({
      origin: this.server,
      method,
      path,
      headers: {
        authorization: `Bearer ${token ?? this.token}`,
        accept: 'application/json',
        'user-agent': 'test',
        ...(body !== undefined && { 'content-type': contentType ?? 'application/json' }),
      },
      body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
      signal: AbortSignal.timeout(15_000),
    });
    const text = await response.body.text();
    return {
      status: response.statusCode,
      body: text.startsWith('{') ? (JSON.parse(text) as KubeObject) : { text },
    };
  }

  /** Like {@link request}, for what must work. */
  async must(method: string, path: string, request: ApiRequest = {}): Promise<KubeObject> {
    const answer = await this.request(method, path, request);
    if (answer.status >= 300)
      throw new Error(`${method} ${path} answers ${answer.status} ${answer.body.reason}`);
    return answer.body;
  }

  /** Applies objects as `kubectl apply --server-side` does. */
  async apply(objects: readonly KubeObject[]): Promise<void> {
    for (const object of objects) {
      await this.must('PATCH', `${pathOf(object)}?fieldManager=kubectl&force=true`, {
        body: object,
        contentType: 'application/apply-patch+yaml',
      });
    }
  }

  async close(): Promise<void> {
    await this.agent.destroy();
  }
}

const PLURALS: Readonly<Record<string, string>> = {
  ConfigMap: 'configmaps',
  Namespace: 'namespaces',
  Secret: 'secrets',
  ServiceAccount: 'serviceaccounts',
  Role: 'roles',
  RoleBinding: 'rolebindings',
};

function pathOf({ apiVersion = 'v1', kind = '', metadata }: KubeObject): string {
  const plural = PLURALS[kind];
  if (plural === undefined) throw new Error(`${kind} has no known path; add it to PLURALS`);
  const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const namespace = kind === 'Namespace' ? '' : `/namespaces/${metadata?.namespace}`;
  return `${group}${namespace}/${plural}/${metadata?.name}`;
}
