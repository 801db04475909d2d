import { describe, expect, it } from 'vitest';
import { HubCredentialsError } from '../../kube/hub/hub-credentials.error.ts';
import { KubeRequestError } from '../../kube/failures/kube-request.error.ts';
import { REASONS } from '../../kube/failures/reason.ts';
import { failedAs, failedBy } from './finding.ts';

describe('failedBy', () => {
  it('has problem and remedy of every reason', () => {
    for (const reason of REASONS) {
      if (reason === 'ok') continue;

      const finding = failedBy(new KubeRequestError({ reason, status: 599 }));

      expect(finding).toMatchObject({ message: expect.stringMatching(/ \(HTTP 599\)\.$/) });
      expect(finding.remedy).toMatch(/^[A-Z][^;()]+\.$/);
    }
  });

  it.each(['failed', 'hanging'] as const)('has both where credentials %s', (problem) => {
    const finding = failedBy(new HubCredentialsError(problem, { code: 'ENOENT' }));

    expect(finding.message).toMatch(/ \(ENOENT\)\.$/);
    expect(finding.remedy).toMatch(/^[A-Z][^;()]+\.$/);
  });

  it('shows nothing of the error of a library', () => {
    expect(failedBy(new Error('Bearer abc'))).toEqual({
      verdict: 'failed',
      message: 'The exporter failed in a way that was not foreseen.',
      remedy: 'Report it with the log.',
    });
  });
});

describe('failedAs', () => {
  it('lets the caller word either', () => {
    const explanation = { message: 'It is broken.', remedy: 'Fix it.' };

    expect(failedAs(explanation, { remedy: 'Buy another.' })).toEqual({
      verdict: 'failed',
      message: 'It is broken.',
      remedy: 'Buy another.',
    });
  });
});
