import { type Explanation, type PublishedContent, SourceData } from '../../../index.ts';
import { type Component, COMPONENTS, KEYS, serviceName } from './components.ts';

/** A proxy that a content needs. */
export interface Target {
  readonly component: Component;
  /** In the cluster. */
  readonly nodePort: number;
}

/** A content that names the proxies on the hub, or the reason why it cannot. */
export type Rewritten =
  | { readonly hold: Explanation }
  | {
      readonly data: SourceData;
      readonly targets: readonly Target[];
      /** Names of components without a node port: nothing on the hub can reach them, so their addresses are left out. */
      readonly unreachable: readonly string[];
    };

/** What the content is rewritten for. */
export interface Place {
  /** On the hub, where the proxies are. */
  readonly namespace: string;
  allowsPort(port: number): boolean;
}

/**
 * Rewrites a content for readers on the hub: services and ports are those of the proxies, and so is the namespace. A service that has no proxy is
 * left out: on the hub its name would be that of another one. So are all keys that are not about a component. Pure.
 */
export function rewrite(cluster: string, source: SourceData, place: Place): Rewritten {
  const texts: [string, string][] = [];
  const targets: Target[] = [];
  const unreachable: string[] = [];
  for (const key of KEYS) {
    const text = source.text(key);
    if (text === undefined) continue;
    const fields = parseObject(text);
    if (!fields) return invalid(`The source's key "${key}" must hold a JSON object.`);
    for (const component of COMPONENTS.filter((each) => each.key === key)) {
      const nodePort = portOf(fields[component.nodePort]);
      if (nodePort === undefined || (nodePort > 0 && !place.allowsPort(nodePort)))
        return invalid(
          `The field "${component.nodePort}" of the source's key "${key}" is no port that a proxy may point to.`,
          'Correct it in the cluster, or allow the port with MCCE_X_LENS_PROXIES_ALLOWED_PORTS.',
        );
      if (nodePort > 0) {
        targets.push({ component, nodePort });
        fields[component.service] = serviceName(component, cluster);
        fields[component.port] = component.servicePort;
      } else {
        if (fields[component.service]) unreachable.push(component.name);
        delete fields[component.service];
        delete fields[component.port];
      }
    }
    if (fields.namespace !== undefined) fields.namespace = place.namespace;
    texts.push([key, JSON.stringify(fields)]);
  }
  if (texts.length === 0) return invalid(`The source has none of the keys ${KEYS.join(', ')}.`);
  return { data: SourceData.of(texts), targets, unreachable };
}

/** Components of which a published content names the proxy. */
export function proxiesNamedIn({ cluster, data }: PublishedContent): Component[] {
  return COMPONENTS.filter((component) => {
    const fields = parseObject(data.text(component.key) ?? '');
    return fields?.[component.service] === serviceName(component, cluster);
  });
}

function invalid(message: string, remedy = 'Correct it in the cluster.'): { hold: Explanation } {
  return { hold: { message, remedy } };
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return value as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

/** 0 or less: there is none. Undefined: it is no port. */
function portOf(value: unknown): number | undefined {
  if (value === undefined || value === null || value === '') return 0;
  const port = typeof value === 'string' && /^\d{1,5}$/.test(value) ? Number(value) : value;
  return typeof port === 'number' && Number.isInteger(port) && port <= 65_535 ? port : undefined;
}
