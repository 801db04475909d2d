import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectPinoLogger, PinoLogger } from 'nestjs-pino';
import { ExtensionFaults } from '../../../base/extending/extension-faults.ts';
import { ExtensionInvalidError } from '../../../base/extending/extension-invalid.error.ts';
import { Ports } from '../../../base/extending/ports.ts';
import { HubClient } from '../../../kube/hub/hub-client.ts';
import { ObjectWatcherFactory } from '../../../kube/watching/object-watcher.factory.ts';
import type { Term } from '../../../leader-election/leadership.ts';
import type { SourceContent } from '../../keeping/source-content.ts';
import { WriteBudget } from '../write-budget.ts';
import { Output } from './output.ts';
import { OutputHeld } from './output-held.ts';
import { OutputLoop } from './output-loop.ts';
import type { OutputStatus } from './output-status.ts';
import { PublishedContents } from './published-contents.ts';

/** All outputs of extensions, each with a loop of its own. They follow what is published, and share its budget of writes. */
@Injectable()
export class Outputs implements OnModuleInit {
  private readonly published = new PublishedContents();
  private loops: readonly OutputLoop[] = [];

  constructor(
    private readonly ports: Ports,
    private readonly faults: ExtensionFaults,
    private readonly hub: HubClient,
    private readonly watchers: ObjectWatcherFactory,
    private readonly budget: WriteBudget,
    @InjectPinoLogger(Outputs.name) private readonly logger: PinoLogger,
  ) {}

  /** @throws ExtensionInvalidError when two have the same name */
  onModuleInit(): void {
    const { hub, faults, logger, published, watchers, budget } = this;
    const context = {
      hub,
      faults,
      logger,
      published,
      budget,
    };
    const outputs = this.ports.all(Output);
    for (const [index, { extension, instance }] of outputs.entries())
      if (outputs.slice(0, index).some((other) => other.instance.name === instance.name))
        throw new ExtensionInvalidError(
          extension,
          `has an output ${instance.name}, and so has another one`,
          'Take one of both out of MCCE_EXTENSIONS.',
        );
    this.loops = outputs.map(
      ({ extension, instance }) =>
        new OutputLoop(instance, extension, new OutputHeld(instance, hub, watchers), context),
    );
  }

  get statuses(): OutputStatus[] {
    return this.loops.map(({ status }) => status);
  }

  /** Lets writes begin, once the aggregate is published. To be called once {@link stop} has resolved. */
  start(term: Term): void {
    for (const loop of this.loops) loop.start(term);
  }

  /** The aggregate holds this now. */
  follow(contents: ReadonlyMap<string, SourceContent>): void {
    if (this.loops.length === 0) return;
    this.published.take(contents);
    for (const loop of this.loops) loop.request();
  }

  /** Resolves when writes under way have ended; nothing is written afterwards. Can be called at any time. */
  async stop(): Promise<void> {
    await Promise.all(this.loops.map((loop) => loop.stop()));
    this.published.clear();
  }
}
