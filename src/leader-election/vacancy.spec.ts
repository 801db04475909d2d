import { describe, expect, it } from 'vitest';
import type { LeaseSnapshot } from '../kube/objects/lease-snapshot.ts';
import { Vacancy } from './vacancy.ts';

describe('Vacancy', () => {
  const aLease = (change: Partial<LeaseSnapshot> = {}): LeaseSnapshot => ({
    resourceVersion: '1',
    holder: 'other',
    renewTime: '2026-01-01T00:00:00.000000Z',
    transitions: 3,
    ...change,
  });
  const aVacancy = () => new Vacancy('me', 15_000);

  it.each([
    ['there is none', undefined],
    ['nobody holds it', aLease({ holder: '' })],
    ['it is ours, since what we did before counts no more', aLease({ holder: 'me' })],
  ])('is free when %s', (_when, lease) => {
    expect(aVacancy().observe(lease, 1_000)).toBe(0);
  });

  it('counts a renewal from when it was seen, whatever the holder’s clock says', () => {
    const vacancy = aVacancy();
    const lease = aLease({ renewTime: '1999-01-01T00:00:00.000000Z' });

    expect(vacancy.observe(lease, 1_000)).toBe(15_000);
    expect(vacancy.observe(lease, 6_000)).toBe(10_000);
    expect(vacancy.observe(lease, 16_000)).toBe(0);
    expect(vacancy.observe(lease, 99_000)).toBe(0);
  });

  it.each([
    ['a renewal', { renewTime: '2026-01-01T00:00:02.000000Z' }],
    ['another holder', { holder: 'third' }],
    ['another term of the same holder', { transitions: 4 }],
  ])('starts over from %s', (_what, change) => {
    const vacancy = aVacancy();
    vacancy.observe(aLease(), 1_000);

    expect(vacancy.observe(aLease(change), 9_000)).toBe(15_000);
  });

  it('does not start over from a change that renews nothing, such as a label', () => {
    const vacancy = aVacancy();
    vacancy.observe(aLease(), 1_000);

    expect(vacancy.observe(aLease({ resourceVersion: '2' }), 9_000)).toBe(7_000);
  });

  it('leaves a Lease that was deleted to its holder until its time is over', () => {
    const vacancy = aVacancy();
    vacancy.observe(aLease(), 1_000);

    expect(vacancy.observe(undefined, 6_000)).toBe(10_000);
    expect(vacancy.observe(undefined, 16_000)).toBe(0);
  });
});
