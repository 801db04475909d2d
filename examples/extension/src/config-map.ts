import {
  type ObjectKind,
  type ObjectMetadata,
  objectField,
  parseMetadata,
  textMap,
} from 'multi-cluster-config-exporter';

/** A ConfigMap as the hub held it at one moment. */
export interface ConfigMap extends ObjectMetadata {
  readonly data: ReadonlyMap<string, string>;
}

export const CONFIG_MAP: ObjectKind<ConfigMap> = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  parse(value) {
    const { metadata, data } = objectField(value);
    return { ...parseMetadata(metadata), data: textMap(data) };
  },
};
