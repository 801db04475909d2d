/** Where an object is on its API server. */
export interface ObjectRef {
  readonly namespace: string;
  readonly name: string;
}
