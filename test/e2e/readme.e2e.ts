import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import type { ExporterProcess } from '../support/exporter-process.ts';
import { SecretEditor } from '../support/secret-editor.ts';
import { DocsWalk, type InPlaceOf } from './docs-walk.ts';
import { Fleet } from './fleet.ts';

const NAMESPACE = 'storage';
const NAME = 'config-exporter-multi-cluster-config-exporter';

/**
 * What no API server without nodes can do, and what is done in its place: there is no one to build an image for, the chart wants
 * an API server that knows policy/v1, and nobody runs pods, so the exporter runs as a process with the pod's settings and
 * credentials. All API servers are on this machine, so that mcce takes their address only when it is given; and the check of one that is down
 * ends with 1. Everything else is run as it stands there.
 */
const IN_PLACE_OF: readonly InPlaceOf[] = [
  [/^docker (build|push) .*$/gm, ':'],
  [
    /^helm install (\S+ \S+) --kube-context hub --namespace storage --create-namespace/gm,
    'kubectl --context hub create namespace storage && helm template $1 --namespace storage --set podDisruptionBudget.enabled=false',
  ],
  [/(--set image\.repository=\S+)$/gm, '$1 --skip-tests | kubectl --context hub apply -n storage -f -'],
  [/^kubectl --context hub rollout status .*$/gm, ':'],
  // It would take the packages away under the feet of this test.
  [/^npm ci$/gm, ':'],
  [
    /^mcce cluster add east$/gm,
    'mcce cluster add east --server "$(kubectl --context east config view --minify -o \'jsonpath={.clusters[0].cluster.server}\')"',
  ],
  [/^mcce check$/gm, 'mcce check || [ $? = 1 ]'],
];
describe('the documentation, command by command', () => {
  let fleet: Fleet;
  let walk: DocsWalk;
  let exporter: ExporterProcess;

  beforeAll(async () => {
    fleet = await Fleet.start(['east', 'west']);
    walk = await DocsWalk.start(fleet, IN_PLACE_OF);
    const { admin } = fleet.cluster('west');
    await admin.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } }]);
    await new SecretEditor(admin, 'storage-config', NAMESPACE).create({ postgres: 'one' });
  });

  afterAll(async () => {
    await fleet?.stop();
    await walk?.stop();
  });

  const follow: DocsWalk['follow'] = async (...args) => await walk.follow(...args);

  const expectPublished = async (names: string[]) => {
    const aggregate = new SecretEditor(fleet.hub.admin, 'multi-storage-config', NAMESPACE);
    await eventually(async () => expect([...(await aggregate.data()).keys()]).toEqual(names), {
      timeoutMs: 1_000,
    });
  };

  it('Install it', async () => {
    const printed = await follow('README.md', 'Install it');

    expect(printed).toContain(`deployment.apps/${NAME} created`);
    expect(printed).toContain(`role.rbac.authorization.k8s.io/${NAME} created`);
    exporter = await walk.startPod(NAME, NAMESPACE);
    await exporter.waitUntilReady();
  });

  it('Add a cluster', async () => {
    const printed = await follow('README.md', 'Add a cluster');

    expect(printed.split('\n').slice(0, -1)).toEqual([
      `namespace/${NAMESPACE} created`,
      'secret/storage-config created',
      'cluster east added to storage/multi-k8s-config',
    ]);
    await expectPublished(['east']);
  });

  it('Add a cluster by hand, as docs/operations.md has it', async () => {
    const page = 'docs/operations.md';
    const as = (block: string) => block.replaceAll('east', 'west');
    const removes = (block: string) => block.includes('"op": "remove"');
    const printed = await follow(page, 'Add a cluster by hand', { as, only: (block) => !removes(block) });

    expect(printed).toContain(
      'rolebinding.rbac.authorization.k8s.io/multi-cluster-config-exporter-reader created',
    );
    expect(printed).toContain('secret/multi-k8s-config patched');
    await expectPublished(['east', 'west']);
    await follow(page, 'Add a cluster by hand', { as, only: removes });
    await expectPublished(['east']);
  });

  it('See that it works', async () => {
    const printed = await follow('README.md', 'See that it works');

    expect(printed).toMatch(
      /^aggregate +published .*\n\nNAME +STATE .*\neast +synced +ok .* in 364d\neast\n$/m,
    );
    expect((await exporter.get('/metrics')).text).toContain(
      'mcce_remote_cluster_up{remote_cluster="east"} 1',
    );
  });

  it('When something is red', async () => {
    await fleet.cluster('east').kill();

    await eventually(
      async () => {
        const printed = await follow('README.md', 'When something is red');
        expect(printed).toMatch(/^✗ cluster east .*\n(.*\n)*? +✗ TCP +.*ECONNREFUSED/m);
        expect(printed).toMatch(
          /Warning +ClusterUnreachable +Secret\/multi-storage-config +Cluster east cannot be read \(connect\)\..+Its published key is kept\./,
        );
      },
      { timeoutMs: 45_000, everyMs: 1_000 },
    );
  });

  it('leaves out nothing but the image, the pods and the packages', () => {
    expect(
      [...new Set(walk.notRun.map((command) => command.split(' ').slice(0, 2).join(' ')))].toSorted(),
    ).toEqual(['docker build', 'docker push', 'kubectl --context', 'npm ci']);
    expect(walk.notRun.filter((command) => command.startsWith('kubectl'))).toEqual([
      expect.stringMatching(/^kubectl --context hub rollout status /),
    ]);
  });
});
