import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { primusLensEntry } from '../support/entries.ts';
import { eventually } from '../support/eventually.ts';
import { ServiceRig } from './service-rig.ts';

describe('clusters that are one and the same', () => {
  let rig: ServiceRig;

  beforeEach(async () => {
    rig = await ServiceRig.start();
  });

  afterEach(async () => {
    await rig.stop();
  });

  const problems = async () =>
    (await rig.status()).problems.map(({ code, subject, message }) => `${code} ${subject}: ${message}`);
  const TWICE = [
    'ClusterTwice cluster/east/identity: It is the same cluster as vpn.',
    'ClusterTwice cluster/vpn/identity: It is the same cluster as east.',
  ];

  it('are recognised by their source, whatever their addresses are, and both are published', async () => {
    const vpn = rig.entry().replace('127.0.0.1', 'localhost');
    await rig.registry.create({ east: rig.entry(), vpn });
    await rig.startService();

    await eventually(async () => expect(await problems()).toEqual(TWICE));
    await eventually(async () =>
      expect([...(await rig.aggregate.data()).keys()].toSorted()).toEqual(['east', 'vpn']),
    );

    await rig.registry.edit({ vpn: null });
    await eventually(async () => expect(await problems()).toEqual([]));
  });

  it('are recognised by their address where their source is not there', async () => {
    await rig.source.delete();
    await rig.registry.create({ east: rig.entry(), vpn: rig.entry() });
    await rig.startService();

    await eventually(async () => expect(await problems()).toEqual(expect.arrayContaining(TWICE)));
  });

  it('may be the hub', async () => {
    const { hub } = rig;
    hub.authorizer.addAdmin('reader');
    const entry = primusLensEntry({ server: hub.url, ca: hub.authority.cert, token: 'reader' });
    await rig.registry.create({ central: entry });
    await rig.startService();

    await eventually(async () =>
      expect(await problems()).toContain(
        "ClusterIsHub cluster/central/identity: Its API server is the hub's own.",
      ),
    );
  });
});
