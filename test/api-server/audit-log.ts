import { readFile } from 'node:fs/promises';

/**
 * What the API server shall note: who changed a Lease, and to what; who changed a Secret, and never to what (audit.k8s.io/v1).
 */
export const AUDIT_POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived', 'ResponseStarted'],
  rules: [
    { level: 'None', verbs: ['get', 'list', 'watch'] },
    { level: 'RequestResponse', resources: [{ group: 'coordination.k8s.io', resources: ['leases'] }] },
    { level: 'Metadata', resources: [{ group: '', resources: ['secrets'] }] },
    { level: 'None' },
  ],
};

/** One request that changed something, or tried to. */
export interface AuditEvent {
  verb: string;
  user: { username: string };
  objectRef?: { resource: string; name?: string };
  responseStatus?: { code: number };
  /** For Leases alone. */
  responseObject?: { spec?: { holderIdentity?: string } };
  /** RFC 3339 with microseconds, as text; they sort. */
  requestReceivedTimestamp: string;
  stageTimestamp: string;
}

/** What an API server noted so far, in the order in which the requests ended. */
export async function readAuditLog(path: string): Promise<AuditEvent[]> {
  const lines = (await readFile(path, 'utf8')).split('\n');
  // The last one may be half written.
  return lines.slice(0, -1).map((line) => JSON.parse(line) as AuditEvent);
}
