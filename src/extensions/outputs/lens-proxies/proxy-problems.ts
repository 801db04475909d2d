import { type ClusterRegistry, ProblemSource, type ReportedProblem } from '../../../index.ts';
import type { AddressRefusal } from './addresses.ts';
import type { KnownAddresses, NodeAddresses } from './node-addresses.ts';

/** What is spelled out of a long list. */
const SHOWN = 5;

const WHY: Record<AddressRefusal, string> = {
  never: 'is loopback, link-local or reserved',
  hub: "is in the hub's own ranges",
  unlisted: 'is not in the allowed ranges',
};

/** What the newest content of a cluster says. */
interface Noted {
  /** Whether it has proxies at all. */
  readonly proxied: boolean;
  /** Names of components that nothing on the hub can reach. */
  readonly unreachable: readonly string[];
}

/** What is wrong with the proxies of each cluster, the worst first. */
export class ProxyProblems extends ProblemSource {
  private readonly noted = new Map<string, Noted>();
  private readonly since = new Map<string, { code: string; since: Date }>();

  constructor(
    private readonly nodes: Pick<NodeAddresses, 'of'>,
    private readonly registry: Pick<ClusterRegistry, 'view'>,
  ) {
    super();
  }

  /** Takes note of what a content says. */
  note(cluster: string, noted: Noted): void {
    this.noted.set(cluster, noted);
  }

  /** Another replica continues. */
  clear(): void {
    this.noted.clear();
    this.since.clear();
  }

  override *problems(): Iterable<ReportedProblem> {
    for (const [cluster, noted] of this.noted) {
      const isThere = this.registry.view.clusters.has(cluster);
      if (!isThere) this.noted.delete(cluster);
      const found = isThere
        ? problemOf(noted, noted.proxied ? this.nodes.of(cluster) : undefined)
        : undefined;
      if (!found) {
        this.since.delete(cluster);
        continue;
      }
      const known = this.since.get(cluster);
      const since = known?.code === found.code ? known.since : new Date();
      this.since.set(cluster, { code: found.code, since });
      yield { ...found, subject: `cluster/${cluster}`, since };
    }
  }
}

type Found = Omit<ReportedProblem, 'subject' | 'since'>;

function problemOf({ unreachable }: Noted, known: KnownAddresses | undefined): Found | undefined {
  if (known?.addresses.length === 0 && known.refused.length === 0)
    return {
      code: 'ProxyAddressesUnknown',
      message: known.failure
        ? `Its control-plane nodes cannot be listed, so its proxies point nowhere. ${known.failure.message}`
        : 'It shows no control-plane node that is ready, so its proxies point nowhere.',
      remedy: 'Grant list and watch on its nodes, or set its addresses with MCCE_X_LENS_PROXIES_ADDRESSES.',
    };
  if (known && known.refused.length > 0)
    return {
      code: 'ProxyAddressRefused',
      ...(known.addresses.length > 0 && { severity: 'warning' }),
      message: `Proxies may not point to addresses of its control-plane nodes: ${some(known.refused.map(({ ip, why }) => `${ip} ${WHY[why]}`))}.`,
      remedy:
        'If that is where the nodes are, correct MCCE_X_LENS_PROXIES_ALLOWED_RANGES and MCCE_X_LENS_PROXIES_HUB_RANGES.',
    };
  if (known?.failure)
    return {
      code: 'ProxyAddressesStale',
      severity: 'warning',
      message: `Its control-plane nodes cannot be listed; its proxies point to the last-known-good addresses. ${known.failure.message}`,
      remedy: 'Grant list and watch on its nodes, or set its addresses with MCCE_X_LENS_PROXIES_ADDRESSES.',
    };
  if (unreachable.length > 0)
    return {
      code: 'ProxyIncomplete',
      severity: 'warning',
      message: `It has no node port for ${unreachable.join(', ')}, so the aggregate has no address of that.`,
      remedy:
        'Give the component a node port in the source. If the cluster is the hub itself, name it in MCCE_X_LENS_PROXIES_UNCHANGED.',
    };
  return undefined;
}

function some(items: readonly string[]): string {
  const more = items.length - SHOWN;
  return more > 0 ? `${items.slice(0, SHOWN).join(', ')} and ${more} more` : items.join(', ');
}
