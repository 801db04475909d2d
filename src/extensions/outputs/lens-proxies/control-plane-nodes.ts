import {
  type ObjectKind,
  objectField,
  type ObjectSnapshot,
  parseMetadata,
  textField,
} from '../../../index.ts';
import { type Address, parseAddress } from './addresses.ts';

/** Labels of a node of the control plane (kubeadm; before Kubernetes 1.24 the second). */
export const CONTROL_PLANE_LABELS = [
  'node-role.kubernetes.io/control-plane',
  'node-role.kubernetes.io/master',
] as const;

/** A node as far as a proxy may point to it. */
export interface ControlPlaneNode extends ObjectSnapshot {
  readonly name: string;
  readonly ready: boolean;
  /** The first of each family: internal ones before external ones. Texts that are no address are left out. */
  readonly addresses: readonly Address[];
}

/** Nodes (core/v1). */
export const NODE: ObjectKind<ControlPlaneNode> = {
  apiVersion: 'v1',
  kind: 'Node',
  plural: 'nodes',
  parse(value) {
    const { metadata, status } = objectField(value);
    const { conditions, addresses } = objectField(status ?? {});
    return {
      resourceVersion: parseMetadata(metadata).resourceVersion,
      name: textField(objectField(metadata).name),
      ready: listOf(conditions).some(({ type, status: is }) => type === 'Ready' && is === 'True'),
      addresses: firstOfEachFamily(listOf(addresses)),
    };
  },
};

function firstOfEachFamily(entries: readonly Record<string, unknown>[]): Address[] {
  const ofType = (wanted: string) =>
    entries.filter(({ type }) => type === wanted).map(({ address }) => parseAddress(String(address)));
  const usable = [...ofType('InternalIP'), ...ofType('ExternalIP')].filter(
    (address) => address !== undefined,
  );
  return (['IPv4', 'IPv6'] as const)
    .map((family) => usable.find((address) => address.family === family))
    .filter((address) => address !== undefined);
}

function listOf(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.map((entry) => objectField(entry)) : [];
}
