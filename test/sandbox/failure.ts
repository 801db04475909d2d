import type { KubeObject } from '../support/api-client.ts';

/** A refusal as the API server words it: an HTTP status and a `Status` object. */
export class Failure extends Error {
  readonly status: number;
  readonly reason: string;
  readonly details: KubeObject['details'];

  constructor(status: number, reason: string, message: string, details?: KubeObject['details']) {
    super(message);
    this.status = status;
    this.reason = reason;
    this.details = details;
  }

  toStatus(): KubeObject {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: this.message,
      reason: this.reason,
      ...(this.details && { details: this.details }),
      code: this.status,
    };
  }
}

export const unauthorized = () => new Failure(401, 'Unauthorized', 'Unauthorized');
export const forbidden = (kind: string, name: string) =>
  new Failure(403, 'Forbidden', `${kind} "${name}" is forbidden`, { name, kind });
export const notFound = (kind: string, name: string) =>
  new Failure(404, 'NotFound', `${kind} "${name}" not found`, { name, kind });
export const noSuchPath = () =>
  new Failure(404, 'NotFound', 'the server could not find the requested resource');
export const alreadyExists = (kind: string, name: string) =>
  new Failure(409, 'AlreadyExists', `${kind} "${name}" already exists`, { name, kind });
export const conflict = (kind: string, name: string) =>
  new Failure(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${kind} "${name}": the object has been modified; please apply your changes to the latest version and try again`,
    { name, kind },
  );
export const expired = () => new Failure(410, 'Expired', 'too old resource version');
export const invalid = (name: string, message: string) =>
  new Failure(422, 'Invalid', `Secret "${name}" is invalid: ${message}`, { name, kind: 'Secret' });
export const badRequest = (message: string) => new Failure(400, 'BadRequest', message);
export const methodNotAllowed = () =>
  new Failure(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource');
export const tooLarge = () =>
  new Failure(413, 'RequestEntityTooLarge', 'Request entity too large: limit is 3145728');
export const unsupportedMediaType = () =>
  new Failure(415, 'UnsupportedMediaType', 'the body of the request was in an unknown format');
