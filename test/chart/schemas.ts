import type { KubeObject } from '../support/api-client.ts';

/** Checks its `this`, and throws ajv's errors. Compiled from the OpenAPI schemas of Kubernetes and of the Prometheus operator. */
type Validate = (this: unknown) => void;
type Models = Record<string, { prototype: { validate: Validate } } | undefined>;

/**
 * What the schema of its kind says against an object: `Deployment exporter: /spec/replicas must be integer`. Fields that the
 * schema does not know are refused, as by an API server that is asked with `fieldValidation=Strict`.
 *
 * @throws if there is no schema for the kind
 */
export async function complaintsAbout(object: KubeObject): Promise<string[]> {
  const validate = await schemaOf(object);
  const reads = new Map<object, Set<string>>();
  const complaints = [
    ...broken(validate, watched(object, reads)),
    ...[...unread(object, reads)].map((path) => `${path} is a field that the schema does not know`),
  ];
  return complaints.map((complaint) => `${object.kind} ${object.metadata?.name}: ${complaint}`);
}

async function schemaOf({ apiVersion, kind }: KubeObject): Promise<Validate> {
  const models = apiVersion?.startsWith('monitoring.coreos.com/')
    ? '@kubernetes-models/prometheus-operator'
    : 'kubernetes-models';
  try {
    const { [String(kind)]: model } = (await import(`${models}/${apiVersion}/${kind}`)) as Models;
    if (model) return model.prototype.validate;
  } catch (cause) {
    throw new Error(`there is no schema for ${kind} of ${apiVersion}`, { cause });
  }
  throw new Error(`there is no schema for ${kind} of ${apiVersion}`);
}

function broken(validate: Validate, object: object): string[] {
  try {
    validate.call(object);
    return [];
  } catch (error) {
    const { errors } = error as { errors?: { instancePath: string; message: string }[] };
    if (!errors) throw error;
    return errors.map(({ instancePath, message }) => `${instancePath} ${message}`);
  }
}

/**
 * The object, with a note of every property that is read. The compiled schemas let pass what they do not know, but they read
 * all that they know: what stays unread is unknown. Of an object that may hold anything they read nothing, so that is refused.
 */
function watched<T extends object>(object: T, reads: Map<object, Set<string>>): T {
  const read = reads.get(object) ?? new Set<string>();
  reads.set(object, read);
  return new Proxy(object, {
    get(target, name, receiver) {
      const value: unknown = Reflect.get(target, name, receiver);
      if (typeof name === 'string') read.add(name);
      return typeof value === 'object' && value !== null ? watched(value, reads) : value;
    },
  });
}

/** Paths to what was not read, as JSON Pointers. */
function* unread(value: unknown, reads: Map<object, Set<string>>, at = ''): Generator<string> {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, child] of Object.entries(value)) {
    const path = `${at}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    if (reads.get(value)?.has(name)) yield* unread(child, reads, path);
    else yield path;
  }
}
