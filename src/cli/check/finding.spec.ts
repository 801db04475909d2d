import { describe, expect, it } from 'vitest';
import { HubCredentialsError } from '../../kube/hub-credentials.error.ts';
import { KubeRequestError } from '../../kube/kube-request.error.ts';
import { REASONS } from '../../kube/reason.ts';
import { failedAs, failedBy } from './finding.ts';

describe('failedAs', () => {
  it.each([
    ['It is broken; mend it.', 'It is broken.', 'Mend it.'],
    ['It is broken; mend it (HTTP 500).', 'It is broken (HTTP 500).', 'Mend it.'],
    ['It is broken. Mend it, or leave it.', 'It is broken.', 'Mend it, or leave it.'],
    ['It must be an https:// address.', 'It must be an https:// address.', undefined],
    ['The file a.b cannot be read; name another.', 'The file a.b cannot be read.', 'Name another.'],
  ])('finds problem and remedy in "%s"', (sentence, message, remedy) => {
    expect(failedAs(sentence)).toEqual({ verdict: 'failed', message, ...(remedy && { remedy }) });
  });

  it('finds both in the sentence of every reason', () => {
    for (const reason of REASONS) {
      if (reason === 'ok') continue;

      const finding = failedBy(new KubeRequestError({ reason, status: 599 }));

      expect(finding).toMatchObject({ message: expect.stringMatching(/ \(HTTP 599\)\.$/) });
      expect(finding.remedy).toMatch(/^[A-Z][^;()]+\.$/);
    }
  });

  it.each(['failed', 'hanging'] as const)('finds both where credentials %s', (problem) => {
    const finding = failedBy(new HubCredentialsError(problem, { code: 'ENOENT' }));

    expect(finding.message).toMatch(/ \(ENOENT\)\.$/);
    expect(finding.remedy).toMatch(/^[A-Z][^;()]+\.$/);
  });

  it('lets the caller word either', () => {
    expect(failedAs('It is broken; mend it.', { remedy: 'Buy another.' })).toMatchObject({
      message: 'It is broken.',
      remedy: 'Buy another.',
    });
  });
});
