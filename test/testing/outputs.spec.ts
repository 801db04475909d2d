import { describe, it } from 'vitest';
import { DatasourceProblems } from '../../src/extensions/outputs/grafana-datasources/datasource-problems.ts';
import { DatasourcesOutput } from '../../src/extensions/outputs/grafana-datasources/datasources.output.ts';
import { UrlTemplate } from '../../src/extensions/outputs/grafana-datasources/url-template.ts';
import { TargetPolicy } from '../../src/extensions/outputs/lens-proxies/addresses.ts';
import { LensTransform } from '../../src/extensions/outputs/lens-proxies/lens.transform.ts';
import type { NodeAddresses } from '../../src/extensions/outputs/lens-proxies/node-addresses.ts';
import { ProxiesOutput } from '../../src/extensions/outputs/lens-proxies/proxies.output.ts';
import { ProxyProblems } from '../../src/extensions/outputs/lens-proxies/proxy-problems.ts';
import { ViewProblems } from '../../src/extensions/outputs/views/view-problems.ts';
import { ViewsOutput } from '../../src/extensions/outputs/views/views.output.ts';
import type { Leadership } from '../../src/index.ts';
import { contentTransformContract } from './content-transform.contract-cases.ts';
import { outputContract } from './output.contract-cases.ts';

const NAMESPACE = 'default';
const refs = {
  registry: { namespace: NAMESPACE, name: 'registry' },
  aggregate: { namespace: NAMESPACE, name: 'aggregate' },
  aggregateParts: [],
  source: { namespace: NAMESPACE, name: 'source' },
};
const registry = { view: { clusters: new Map(), rejected: new Map() } } as never;
const nodes = {
  onChange: () => undefined,
  of: () => ({ addresses: [{ ip: '10.20.0.1', family: 'IPv4' }], refused: [] }),
  forget: () => undefined,
} as unknown as NodeAddresses;

function views() {
  const everything = { name: 'everything', clusters: ['*'], keys: ['*'] };
  return new ViewsOutput([everything], refs, new ViewProblems({ term: undefined } as Leadership));
}

function datasources() {
  const url = UrlTemplate.parse('http://{cluster}/') as UrlTemplate;
  const instances = { system: 'primus-lens' };
  return new DatasourcesOutput(
    {
      namespace: NAMESPACE,
      url,
      instances,
      basicAuth: false,
      skipTlsVerify: false,
      removeLeftovers: false,
    },
    new DatasourceProblems({ term: undefined } as Leadership),
  );
}

/** With proxies planned for a cluster, too. */
function proxies() {
  const output = new ProxiesOutput(NAMESPACE, nodes, registry);
  output.plan('east', []);
  return output;
}

function lensTransform() {
  const policy = new TargetPolicy({ allowed: [['10.20.0.0', 16]], hub: [], ports: [[30_000, 32_767]] });
  const place = { namespace: NAMESPACE, allowsPort: (port: number) => policy.allowsPort(port) };
  const problems = new ProxyProblems(nodes, registry);
  return new LensTransform(place, new Set(), proxies(), problems, { term: undefined });
}

describe.each([
  ['views', views],
  ['lens-proxies', proxies],
  ['grafana-datasources', datasources],
])('the output %s', (_name, make) => {
  it.each(outputContract(make))('$name', ({ run }) => run());
});

describe('the transform of lens-proxies', () => {
  it.each(contentTransformContract(lensTransform))('$name', ({ run }) => run());
});
