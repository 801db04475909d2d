import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { type EntryAccess, kubeconfigEntry } from '../../../../test/support/entries.ts';
import { CertificateAuthority } from '../../../../test/support/pki.ts';
import { aClusterApiKubeconfig, aSecret, seen } from '../../../../test/support/registry-objects.ts';
import { CLUSTER_API } from './cluster-api.extension.ts';

const STRICT = { allowInsecureTls: false, allowProxy: false };
const LABEL = 'cluster.x-k8s.io/cluster-name';

describe('cluster-api', () => {
  let access: EntryAccess;

  beforeAll(async () => {
    const { cert: ca } = await CertificateAuthority.create('capi-ca');
    access = { server: 'https://east.example:6443', ca, token: randomBytes(16).toString('hex') };
  });

  const entriesOf = (secret: ReturnType<typeof aSecret>) => CLUSTER_API.entriesOf(seen(secret));
  const judge = (secret: ReturnType<typeof aSecret>) => {
    const [entry] = entriesOf(secret);
    if (!entry) throw new Error('the Secret names no cluster');
    return CLUSTER_API.judge(entry, STRICT);
  };

  it('names a cluster by its label and takes the kubeconfig', () => {
    const secret = aClusterApiKubeconfig('east', access);

    expect(entriesOf(secret)).toMatchObject([{ name: 'east', origin: 'Secret default/east-kubeconfig' }]);
    expect(judge(secret)).toMatchObject({ accepted: { endpoint: { bearerToken: access.token } } });
  });

  it("takes Rancher's, whose server has a path, whose type is another, and which has a token beside", () => {
    const rancher = aClusterApiKubeconfig('east', access, {
      namespace: 'fleet-default',
      type: 'Opaque',
      data: {
        value: kubeconfigEntry({ ...access, server: 'https://rancher.example/k8s/clusters/c-m-abcdefgh' }),
        token: access.token,
      },
    });

    expect(judge(rancher)).toMatchObject({
      accepted: { endpoint: { server: new URL('https://rancher.example/k8s/clusters/c-m-abcdefgh') } },
    });
  });

  it.each(['east-ca', 'east-etcd', 'east-sa', 'east-proxy', 'east-user-kubeconfig', 'kubeconfig'])(
    'leaves out %s, which is something else',
    (name) => {
      const secret = aSecret({ name, labels: { [LABEL]: 'east' }, data: { value: 'x' } });

      expect(entriesOf(secret)).toEqual([]);
    },
  );

  it('keeps a cluster whose name ends like a user', () => {
    expect(entriesOf(aClusterApiKubeconfig('east-user', access))).toMatchObject([{ name: 'east-user' }]);
  });

  it('skips a kubeconfig that is not there yet', () => {
    expect(judge(aClusterApiKubeconfig('east', access, { data: {} }))).toMatchObject({
      refused: { empty: true, message: expect.stringContaining('"value"') as string },
    });
  });

  it('refuses programs, and other formats of entries', () => {
    const exec = { command: 'aws', apiVersion: 'client.authentication.k8s.io/v1' };
    const value = kubeconfigEntry(access, { user: { exec } });
    const json = JSON.stringify({ host: access.server, bearerToken: access.token });

    expect(judge(aClusterApiKubeconfig('east', access, { data: { value } }))).toMatchObject({
      refused: { reason: 'unsafe_entry', message: expect.stringContaining('"exec"') as string },
    });
    expect(judge(aClusterApiKubeconfig('east', access, { data: { value: json } }))).toHaveProperty('refused');
  });
});
