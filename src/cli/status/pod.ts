/** What of a Pod counts here (Kubernetes API reference, "Pod v1 core"). */
export interface Pod {
  readonly metadata: { readonly name: string };
  readonly spec?: {
    readonly containers?: readonly {
      readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[];
    }[];
  };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

const DEFAULT_PORT = 8080;

/** The port on which the exporter in it listens. */
export function httpPort({ spec }: Pod): number {
  const ports = (spec?.containers ?? []).flatMap((container) => container.ports ?? []);
  return ports.find(({ name }) => name === 'http')?.containerPort ?? DEFAULT_PORT;
}

/** Whether it may be asked. */
export function isReady({ status }: Pod): boolean {
  return (status?.conditions ?? []).some(
    (condition) => condition.type === 'Ready' && condition.status === 'True',
  );
}

/** The pod of a candidate, as a Lease names it: the host's name, `_` and a UUID. */
export function podOfHolder(holder: string): string {
  return holder.split('_', 1)[0] ?? holder;
}
