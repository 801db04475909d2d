import type { AcceptedEntry, EntryRefusal } from '../../cluster-config/entries/entry.ts';
import type { JudgedEntry } from '../../cluster-config/registries/judge-entries.ts';
import { createClusterClient } from '../../kube/http/cluster-client.ts';
import type { KubeClient } from '../../kube/http/kube-client.ts';
import { KubeRequestError } from '../../kube/failures/kube-request.error.ts';
import { SecretClient } from '../../kube/objects/secret-client.ts';
import type { SecretSnapshot } from '../../kube/objects/secret-snapshot.ts';
import type { SecureContexts } from '../../kube/http/secure-contexts.ts';
import { sourceResult } from '../../storage-sync/reading/source-result.ts';
import {
  type CredentialExpiry,
  endsSoonFrom,
  expiriesOf,
} from '../../cluster-config/credentials/credential-expiry.ts';
import { span, until } from '../age.ts';
import { authenticate, clusterPermission, type ExporterSetup } from './permissions.ts';
import { failedAs, failedBy, failed, type Finding, good, warning } from './finding.ts';
import { networkSteps } from './network-steps.ts';
import type { Step } from './step-runner.ts';

/** Tries the cluster of an entry, step by step, with the entry's credentials. */
export class ClusterCheck {
  readonly name: string;
  readonly steps: readonly Step[];
  private secret: SecretSnapshot | undefined;
  private opened: KubeClient | undefined;

  constructor(
    private readonly entry: JudgedEntry,
    private readonly hub: ExporterSetup,
    private readonly secureContexts: SecureContexts,
  ) {
    this.name = entry.name;
    this.steps = [
      { name: 'parse', run: () => this.parse() },
      { name: 'policy', run: () => this.applyPolicy() },
      ...networkSteps(() => ({ ...this.accepted.endpoint, place: 'entry' })),
      { name: 'authentication', run: (signal) => this.authenticate(signal) },
      { name: 'permission', run: (signal) => clusterPermission(this.client, this.hub, signal) },
      { name: 'source', run: (signal) => this.readSource(signal) },
      { name: 'payload', run: () => this.checkPayload() },
    ];
  }

  /** The address as it may be shown; undefined where the entry is refused. */
  get server(): string | undefined {
    const { verdict } = this.entry;
    return 'accepted' in verdict ? verdict.accepted.endpoint.server.origin : undefined;
  }

  async close(): Promise<void> {
    await this.opened?.close();
  }

  private get accepted(): AcceptedEntry {
    const { verdict } = this.entry;
    if ('accepted' in verdict) return verdict.accepted;
    throw new Error('a refused entry is not tried');
  }

  private get client(): KubeClient {
    this.opened ??= createClusterClient(this.accepted.endpoint, this.hub.settings.readTimeoutMs, {
      secureContexts: this.secureContexts,
    });
    return this.opened;
  }

  private parse(): Finding {
    const refusal = this.refusal('invalid_entry');
    return refusal ? failedAs(refusal) : good();
  }

  private applyPolicy(): Finding {
    const refusal = this.refusal('unsafe_entry');
    if (refusal) return failedAs(refusal);
    const { warnings } = this.accepted;
    return warnings.length === 0
      ? good()
      : warning(warnings.join(' '), 'Use the address by which the hub reaches the cluster.');
  }

  private refusal(reason: EntryRefusal['reason']): EntryRefusal | undefined {
    const { verdict } = this.entry;
    return 'refused' in verdict && verdict.refused.reason === reason ? verdict.refused : undefined;
  }

  private async authenticate(signal: AbortSignal): Promise<Finding> {
    const expiries = expiriesOf(this.accepted.endpoint);
    try {
      await authenticate(this.client, this.hub.refs.source.namespace, signal);
      return credentialFinding(expiries, this.name);
    } catch (error) {
      if (!(error instanceof KubeRequestError && error.reason === 'unauthorized')) throw error;
      return failed(
        ['The server does not accept the credentials (HTTP 401).', ...endedCredentials(expiries)].join(' '),
        `Renew them in the entry: mcce cluster rotate ${this.name}`,
      );
    }
  }

  private async readSource(signal: AbortSignal): Promise<Finding> {
    const { source } = this.hub.refs;
    const where = `${source.namespace}/${source.name}`;
    try {
      this.secret = await new SecretClient(this.client, source).get(signal);
      return good();
    } catch (error) {
      if (!(error instanceof KubeRequestError && error.reason === 'not_found')) throw error;
      return failedBy(error, {
        message: `The source does not exist: there is no Secret ${where}.`,
        remedy: 'Create it in the cluster, or correct MCCE_SOURCE_SECRET and MCCE_SOURCE_NAMESPACE.',
      });
    }
  }

  private checkPayload(): Finding {
    const result = sourceResult(this.secret, this.hub.settings.payloadCheck);
    return result.reason === 'ok' ? good() : failedAs(result);
  }
}

const NAMES = { token: 'The token', client_certificate: 'The client certificate' };

/** What is said of credentials that the server accepts. @param cluster for the remedy */
function credentialFinding(expiries: readonly CredentialExpiry[], cluster: string): Finding {
  if (expiries.length === 0) return good();
  const message = expiries.map((expiry) => sentence(expiry)).join(' ');
  const soon = expiries.some((expiry) => endsSoonFrom(expiry) < Date.now());
  return soon ? warning(message, `Renew it in time: mcce cluster rotate ${cluster}`) : good(message);
}

/** Sentences about those that have expired. */
function endedCredentials(expiries: readonly CredentialExpiry[]): string[] {
  return expiries.filter(({ expires }) => expires.getTime() <= Date.now()).map((expiry) => sentence(expiry));
}

function sentence({ kind, expires }: CredentialExpiry): string {
  const leftMs = expires.getTime() - Date.now();
  return `${NAMES[kind]} ${leftMs <= 0 ? `expired ${span(-leftMs)} ago` : `expires ${until(leftMs)}`}.`;
}
