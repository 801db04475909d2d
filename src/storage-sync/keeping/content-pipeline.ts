import { Injectable, type OnModuleInit } from '@nestjs/common';
import { OnEvent } from '@nestjs/event-emitter';
import { Settings } from '../../base/config/settings.ts';
import { atOnce } from '../../base/extending/at-once.ts';
import { ExtensionFailedError } from '../../base/extending/extension-failed.error.ts';
import { ExtensionFaults } from '../../base/extending/extension-faults.ts';
import { Ports, type Provided } from '../../base/extending/ports.ts';
import { ClusterConfigChangedEvent } from '../../cluster-config/cluster-config-changed.event.ts';
import { ContentTransform } from './content-transform.ts';
import type { Observation } from './observation.ts';
import { PayloadCheck, payloadChecksOf } from './payload-check.ts';
import { encodeSource, NOT_BASE64, restoreContent, type SourceContent } from './source-content.ts';
import { SourceData } from './source-data.ts';

/** Called with what a content comes to now, though its source was not read. */
type ReconsiderListener = (cluster: string, observation: Observation) => void;

/** What happens to a content between its source and the aggregate: checks, then transforms. Without any of them it is only encoded. */
@Injectable()
export class ContentPipeline implements OnModuleInit {
  private readonly own: readonly PayloadCheck[];
  private checks: readonly Provided<PayloadCheck>[] = [];
  private transforms: readonly Provided<ContentTransform>[] = [];
  /** What was read last, where it may have to be transformed again. */
  private readonly sources = new Map<string, SourceData>();
  private listener: ReconsiderListener = () => undefined;

  constructor(
    settings: Settings,
    private readonly ports: Ports,
    private readonly faults: ExtensionFaults,
  ) {
    this.own = payloadChecksOf(settings.payloadCheck);
  }

  onModuleInit(): void {
    this.checks = this.ports.all(PayloadCheck);
    this.transforms = this.ports.all(ContentTransform);
    for (const { instance } of this.transforms) instance.listen((cluster) => this.reconsider(cluster));
  }

  /** @param listener must not throw */
  onReconsider(listener: ReconsiderListener): void {
    this.listener = listener;
  }

  /**
   * What a content that was read comes to.
   *
   * @param encoded base64 text by key
   */
  observe(cluster: string, encoded: ReadonlyMap<string, string>): Observation {
    const data = new SourceData(encoded);
    if (this.transforms.length > 0) this.sources.set(cluster, data);
    return this.passThrough(cluster, data);
  }

  /** Takes a value of the aggregate back as content, if its readers can read it. @param encoded base64 text */
  restore(encoded: string): SourceContent | undefined {
    const data = restoreContent(encoded, this.own);
    if (!data || this.checks.length === 0) return data?.content;
    return this.problemOf(data.source) ? undefined : data.content;
  }

  @OnEvent(ClusterConfigChangedEvent.eventName)
  onClusterConfigChanged({ changed, removed, rejected }: ClusterConfigChangedEvent): void {
    for (const cluster of [...changed, ...removed, ...rejected]) this.sources.delete(cluster);
  }

  private reconsider(cluster: string): void {
    const data = this.sources.get(cluster);
    if (data) this.listener(cluster, this.passThrough(cluster, data));
  }

  private passThrough(cluster: string, read: SourceData): Observation {
    const problem = this.problemOf(read);
    if (problem) return problem;
    let data = read;
    for (const { extension, instance } of this.transforms) {
      const call = 'ContentTransform.transform';
      const outcome = this.faults.call(extension, call, () => {
        const transformed = atOnce(instance.transform(cluster, data));
        return 'hold' in transformed
          ? transformed
          : { content: encodeSource(transformed.data.encoded), ...transformed };
      })?.result;
      if (!outcome) return failed(extension, call);
      if ('hold' in outcome) return { reason: 'invalid_payload', ...outcome.hold };
      data = outcome.data;
    }
    const content = encodeSource(data.encoded);
    return content ? { reason: 'ok', content } : NOT_BASE64;
  }

  private problemOf(data: SourceData): Observation | undefined {
    for (const check of this.own) {
      const problem = check.check(data);
      if (problem) return { reason: 'invalid_payload', ...problem };
    }
    for (const { extension, instance } of this.checks) {
      const call = 'PayloadCheck.check';
      const answer = this.faults.call(extension, call, () => atOnce(instance.check(data)));
      if (!answer) return failed(extension, call);
      if (answer.result) return { reason: 'invalid_payload', ...answer.result };
    }
    return undefined;
  }
}

function failed(extension: string, call: string): Observation {
  const { message, remedy } = new ExtensionFailedError(extension, call);
  return { reason: 'internal', message, remedy };
}
