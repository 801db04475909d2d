import { randomBytes } from 'node:crypto';
import type { KubeClient } from '../http/kube-client.ts';
import { FIELD_MANAGER, type WriteLimits } from './object-client.ts';
import { collectionPath } from './object-path.ts';
import type { ObjectRef } from './object-ref.ts';
import { microTime } from './micro-time.ts';

/** The most bytes that the note of an Event may have (events.k8s.io/v1). */
export const NOTE_LIMIT = 1_024;
/** And the name of who reports. */
const REPORTER_LIMIT = 128;

/** What happened to a Secret, for people. */
export interface EventFields {
  readonly type: 'Normal' | 'Warning';
  /** Why it is told, one word in UpperCamelCase. */
  readonly reason: string;
  /** What was done, or failed; likewise. */
  readonly action: string;
  /** For people; {@link NOTE_LIMIT}. */
  readonly note: string;
}

/**
 * Writes Events (events.k8s.io/v1), each an object of its own that the API server forgets after an hour or so. A POST cannot be
 * granted by name, so this needs `create` on all events of the namespace, and nothing else.
 */
export class EventClient {
  constructor(private readonly kube: KubeClient) {}

  /**
   * @param secret what it is about
   * @param instance which replica reports it
   * @throws KubeRequestError
   */
  async create(secret: ObjectRef, fields: EventFields, instance: string, limits: WriteLimits): Promise<void> {
    const { namespace } = secret;
    await this.kube.json({
      method: 'POST',
      path: collectionPath('events.k8s.io/v1', 'events', namespace),
      query: { fieldManager: FIELD_MANAGER },
      contentType: 'application/json',
      body: JSON.stringify({
        apiVersion: 'events.k8s.io/v1',
        kind: 'Event',
        metadata: { namespace, name: `${FIELD_MANAGER}.${randomBytes(8).toString('hex')}` },
        eventTime: microTime(new Date()),
        reportingController: FIELD_MANAGER,
        reportingInstance: instance.slice(0, REPORTER_LIMIT),
        regarding: { apiVersion: 'v1', kind: 'Secret', ...secret },
        ...fields,
      }),
      ...limits,
    });
  }
}
