import { describe, expect, it } from 'vitest';
import { httpPort, isReady, type Pod, podOfHolder } from './exporter-pod.ts';

const aPod = (parts: Partial<Pod> = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'exporter-1', namespace: 'storage' },
  ...parts,
});

describe('a pod of the exporter', () => {
  it('is asked on the port that is named http, in whichever container', () => {
    const containers = [
      { ports: [{ name: 'proxy', containerPort: 15_001 }] },
      {},
      { ports: [{ containerPort: 9_000 }, { name: 'http', containerPort: 8_181 }] },
    ];

    expect(httpPort(aPod({ spec: { containers } }))).toBe(8_181);
  });

  it('is asked on 8080 where no port has that name', () => {
    expect(httpPort(aPod())).toBe(8_080);
    expect(httpPort(aPod({ spec: { containers: [{ ports: [{ containerPort: 9_000 }] }] } }))).toBe(8_080);
  });

  it.each([
    ['True', true],
    ['False', false],
    ['Unknown', false],
  ])('is ready when its condition says so: %s', (status, ready) => {
    const conditions = [
      { type: 'Initialized', status: 'True' },
      { type: 'Ready', status },
    ];

    expect(isReady(aPod({ status: { conditions } }))).toBe(ready);
  });

  it('is not ready before it has conditions', () => {
    expect(isReady(aPod())).toBe(false);
  });

  it('is named by the Lease with a UUID behind', () => {
    expect(podOfHolder('exporter-6d4f-x2x_0b9e27d1-33a0-4c5b-8a43-6f1f0c7a0f0e')).toBe('exporter-6d4f-x2x');
    expect(podOfHolder('somebody')).toBe('somebody');
  });
});
