import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { KubeObject } from '../support/api-client.ts';
import type { Attributes, Authorizer } from './authorizer.ts';
import {
  badRequest,
  expired,
  Failure,
  forbidden,
  invalid,
  methodNotAllowed,
  noSuchPath,
  tooLarge,
  unauthorized,
  unsupportedMediaType,
} from './failure.ts';
import { matchesLabels } from './label-selector.ts';
import { mergePatch } from './merge-patch.ts';
import { viewFor } from './partial-metadata.ts';
import { RESOURCES, type Resource, type ResourceStore } from './resource-store.ts';
import type { WatchStreams } from './watch-streams.ts';

const MAX_BODY_BYTES = 3 * 1024 * 1024;
/** Where everybody who is known may ask what it may do. */
const REVIEWS = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';

/** What a URL asks for. */
interface Target {
  resource: Resource;
  namespace: string;
  /** From the path. */
  name: string | undefined;
  /** From `fieldSelector=metadata.name=…`. */
  selected: string | undefined;
  query: URLSearchParams;
}

/** Answers requests as the API server does, for the kinds and verbs that the store has. */
export class RequestHandler {
  private readonly store: ResourceStore;
  private readonly authorizer: Authorizer;
  private readonly watches: WatchStreams;
  private readonly resources: readonly Resource[];
  /** What of lists is still to be asked for, by token. */
  private readonly pages = new Map<string, { rest: KubeObject[]; version: number }>();

  /** @param resources kinds beside those that it always has */
  constructor(
    store: ResourceStore,
    authorizer: Authorizer,
    watches: WatchStreams,
    resources: readonly Resource[] = [],
  ) {
    this.store = store;
    this.authorizer = authorizer;
    this.watches = watches;
    this.resources = [...RESOURCES, ...resources];
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const token = authenticate(request, this.authorizer);
      if (request.method === 'POST' && request.url === REVIEWS) {
        if (token === '') throw forbidden('selfsubjectaccessreviews', '');
        send(response, 201, reviewed(this.authorizer, token, parseBody(await readBody(request))));
        return;
      }
      const target = parseTarget(request.url ?? '/', this.resources);
      const verb = verbOf(request.method ?? 'GET', target);
      this.authorize(token, verb, target);
      const view = viewFor(request.headers.accept);
      if (verb === 'watch') {
        this.watches.open({ ...target, view }, response);
        return;
      }
      // Writes are applied only when the body has arrived; until then nothing is looked at.
      const body = await readBody(request);
      const [status, object] = this.answer(verb, target, body, request);
      send(response, status, view(object));
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      send(response, error.status, error.toStatus());
    }
  }

  private authorize(token: string, verb: string, { resource, name, selected }: Target): void {
    const check = (checked: string) =>
      this.authorizer.allows(token, { verb: checked, resource: resource.plural, name: name ?? selected });
    if (!check(verb)) throw forbidden(resource.plural, name ?? selected ?? '');
  }

  private answer(verb: string, target: Target, body: string, request: IncomingMessage): [number, KubeObject] {
    const { resource, namespace, query } = target;
    const name = target.name ?? '';
    const manager = query.get('fieldManager') ?? request.headers['user-agent']?.split('/')[0] ?? 'unknown';
    switch (verb) {
      case 'get':
        return [200, this.store.get(resource, namespace, name)];
      case 'list':
        return [200, this.list(target)];
      case 'create':
        return [201, this.store.create(resource, namespace, parseBody(body), manager)];
      case 'update':
        return [200, this.store.update(resource, namespace, name, () => parseBody(body), manager)];
      case 'delete':
        return [200, this.store.delete(resource, namespace, name)];
      case 'patch':
        return this.patch(target, body, manager, request);
      default:
        throw methodNotAllowed();
    }
  }

  private list({ resource, namespace, selected, query }: Target): KubeObject {
    const token = query.get('continue');
    const page = token === null ? undefined : this.pages.get(token);
    if (token !== null && !page) throw expired();
    const version = page?.version ?? this.store.version;
    const all = (
      page?.rest ??
      this.store
        .list(resource, namespace, selected)
        .filter((object) => matchesLabels(object, query.get('labelSelector')))
    ).toSorted((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1));
    const limit = Number(query.get('limit') ?? 0) || all.length;
    return {
      kind: `${resource.kind}List`,
      apiVersion: resource.apiVersion,
      metadata: { resourceVersion: String(version), ...this.remainder(all.slice(limit), version) },
      // Items of a list carry no kind: the list says it.
      items: all.slice(0, limit).map(({ kind: _kind, apiVersion: _apiVersion, ...item }) => item),
    };
  }

  /** A page goes on from the version of the first, until the history is forgotten. */
  private remainder(rest: KubeObject[], version: number): { continue?: string } {
    if (rest.length === 0) return {};
    const token = randomUUID();
    this.pages.set(token, { rest, version });
    return { continue: token };
  }

  private patch(
    target: Target,
    body: string,
    manager: string,
    request: IncomingMessage,
  ): [number, KubeObject] {
    const { resource, namespace, query } = target;
    const name = target.name ?? '';
    const patch = parseBody(body);
    switch (request.headers['content-type']) {
      case 'application/apply-patch+yaml': {
        if (!query.get('fieldManager'))
          throw invalid('', 'fieldManager: Required value: is required for apply patch');
        this.authorizeCreation(request, target);
        const force = query.get('force') === 'true';
        const { object, created } = this.store.apply(resource, namespace, name, patch, { manager, force });
        return [created ? 201 : 200, object];
      }
      case 'application/merge-patch+json':
        return [
          200,
          this.store.update(
            resource,
            namespace,
            name,
            (current) => mergePatch(withoutVersion(current), patch) as KubeObject,
            manager,
          ),
        ];
      default:
        throw unsupportedMediaType();
    }
  }

  /** An apply that creates needs the verb create as well, for the name in the URL. */
  private authorizeCreation(request: IncomingMessage, target: Target): void {
    const exists = this.store.list(target.resource, target.namespace, target.name).length > 0;
    if (!exists) this.authorize(authenticate(request, this.authorizer), 'create', target);
  }
}

/** Unless the patch names a version, it fits any. */
function withoutVersion(object: KubeObject): KubeObject {
  const { resourceVersion: _version, ...metadata } = object.metadata ?? {};
  return { ...object, metadata };
}

/** A SelfSubjectAccessReview with its answer. */
function reviewed(authorizer: Authorizer, token: string, review: KubeObject): KubeObject {
  const { resourceAttributes } = (review.spec ?? {}) as { resourceAttributes?: Partial<Attributes> };
  const { verb, resource, name } = resourceAttributes ?? {};
  if (!verb || !resource) throw badRequest('the sandbox reviews requests for a verb on a resource');
  return { ...review, status: { allowed: authorizer.allows(token, { verb, resource, name }) } };
}

function authenticate({ headers }: IncomingMessage, authorizer: Authorizer): string {
  const token = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];
  // Without credentials a request is anonymous, and may do nothing.
  if (token === undefined) return '';
  if (!authorizer.knows(token)) throw unauthorized();
  return token;
}

function parseTarget(url: string, resources: readonly Resource[]): Target {
  const { pathname, searchParams: query } = new URL(url, 'https://sandbox');
  const [, group, within, plural, name] =
    /^\/(?:api|apis)\/(v1|[^/]+\/[^/]+)(?:\/namespaces\/([^/]+))?\/([^/]+)(?:\/([^/]+))?$/.exec(pathname) ??
    [];
  const resource = resources.find((known) => known.plural === plural && known.apiVersion === group);
  const namespace = resource?.clusterScoped ? '' : within;
  if (!resource || namespace === undefined) throw noSuchPath();
  const selector = query.get('fieldSelector');
  const selected = selector === null ? undefined : /^metadata\.name=(.+)$/.exec(selector)?.[1];
  if (selector !== null && selected === undefined) throw badRequest('field label not supported');
  return { resource, namespace, name, selected, query };
}

function verbOf(method: string, { name, query }: Target): string {
  if (method === 'GET' && name === undefined) return query.get('watch') === 'true' ? 'watch' : 'list';
  const verbs: Record<string, string> =
    name === undefined ? { POST: 'create' } : { GET: 'get', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };
  const verb = verbs[method];
  if (verb === undefined) throw methodNotAllowed();
  return verb;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  if (bytes > MAX_BODY_BYTES) throw tooLarge();
  return Buffer.concat(chunks).toString('utf8');
}

/** Apply patches are YAML, of which JSON is a part; the sandbox reads that part. */
function parseBody(body: string): KubeObject {
  try {
    const object: unknown = JSON.parse(body);
    if (typeof object === 'object' && object !== null && !Array.isArray(object)) return object as KubeObject;
  } catch {
    // Falls through to the same answer.
  }
  throw badRequest('the body of the request is not a JSON object');
}

function nameOf({ metadata }: KubeObject): string {
  return metadata?.name ?? '';
}

function send(response: ServerResponse, status: number, object: KubeObject): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(object)}\n`);
}
