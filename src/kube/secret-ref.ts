/** Where a Secret lives on its API server. */
export interface SecretRef {
  readonly namespace: string;
  readonly name: string;
}
