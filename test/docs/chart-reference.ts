import { readFileSync } from 'node:fs';
import { isMap, isScalar, parseDocument, type YAMLMap } from 'yaml';

const VALUES = new URL('../../helm/values.yaml', import.meta.url);

/** Writes helm/README.md out of the comments of helm/values.yaml. */
export function chartReference(): string {
  const { contents } = parseDocument<YAMLMap>(readFileSync(VALUES, 'utf8'));
  if (!isMap(contents)) throw new Error('helm/values.yaml is no map');
  return `${HEAD}${rowsOf(contents).join('\n')}\n`;
}

/** A row for each value; a map that is written over several lines has a row for each value in it. */
function rowsOf(map: YAMLMap, path = ''): string[] {
  return map.items.flatMap(({ key, value }, index) => {
    if (!isScalar(key)) throw new Error(`a key below ${path} is no text`);
    // The parser gives the comment above the first value to the map itself.
    const above = index === 0 && path !== '' ? map.commentBefore : key.commentBefore;
    const name = `${path}${String(key.value)}`;
    const comment = textOf(above ?? '');
    if (isMap(value) && !value.flow && value.items.length > 0)
      return [...(comment ? [`| \`${name}\` | | ${comment} |`] : []), ...rowsOf(value, `${name}.`)];
    const shown = JSON.stringify((value as { toJSON(): unknown }).toJSON());
    return [`| \`${name}\` | \`${shown}\` | ${comment} |`];
  });
}

/** A comment as one line, without its examples: what is indented. */
function textOf(comment: string): string {
  const lines = (comment.split('\n\n').at(-1) ?? '').split('\n').filter((line) => !/^ {2}/.test(line));
  return lines
    .map((line) => line.trim().replace(/:$/, '.'))
    .join(' ')
    .trim();
}

const HEAD = `# Multi-Cluster Config Exporter

<!-- Written by \`npm run docs\` from the comments of helm/values.yaml; edit those. -->

You run many Kubernetes clusters. Each has a Secret \`storage-config\` that says where its storage is. The exporter runs on a central cluster, reads that
Secret in every cluster that the Secret \`multi-k8s-config\` names, and keeps the results together in the Secret \`multi-storage-config\`.

## Install

\`\`\`sh
helm install config-exporter oci://ghcr.io/OWNER/NAME/charts/multi-cluster-config-exporter \\
  --namespace storage --create-namespace
\`\`\`

SECURITY.md of the repository OWNER/NAME describes how to verify the signatures of chart and image. Then add a cluster:

\`\`\`sh
mcce --namespace storage cluster add east
\`\`\`

The exporter cannot be installed twice in one namespace: two releases would compete for one Lease. It needs two Secrets, one Lease and Events, and its Role grants nothing else.

## Upgrade and uninstall

docs/upgrading.md has the notes for each version, and what to do if Helm reports a conflict after \`kubectl scale\`.

## Values

The schema of the chart rejects a value that is not listed here.

| value | default | meaning |
| --- | --- | --- |
`;
