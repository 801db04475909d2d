import { checkEntry, defineSecretsRegistry, secretOrigin, type SecretsFormat } from '../../../index.ts';

/** On a Secret that belongs to a registry; its value is the name of the registry Secret. */
export const REGISTRY_LABEL = 'multi-cluster-config-exporter/registry';

/** Further Secrets in the format of the registry itself, for more clusters than fit into one: one entry a data key. */
export const LABELLED_SECRETS: SecretsFormat = {
  name: 'labelled-secrets',
  labelSelector: (registry) => `${REGISTRY_LABEL}=${registry}`,
  entriesOf(item) {
    const origin = secretOrigin(item);
    // Only what differs is decoded: the content is the text as it is served.
    return [...item.object.data].map(([name, content]) => ({ name, content, origin }));
  },
  // Nobody but the exporter reads these Secrets.
  judge: ({ content }, policy) =>
    checkEntry(Buffer.from(content, 'base64'), { ...policy, payloadCheck: 'none' }),
};

export default defineSecretsRegistry(LABELLED_SECRETS);
