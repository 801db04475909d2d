import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { Settings } from '../base/config/settings.ts';
import { ExtensionFaults } from '../base/extending/extension-faults.ts';
import { Ports } from '../base/extending/ports.ts';
import { WRITES } from '../leader-election/leader-election.module.ts';
import { AggregateWriter } from './publishing/aggregate/aggregate-writer.ts';
import { GuardedAggregateWriter } from './publishing/aggregate/guarded-aggregate-writer.ts';
import { IdleAggregateWriter } from './publishing/aggregate/idle-aggregate-writer.ts';
import { KubeAggregateWriter } from './publishing/aggregate/kube-aggregate-writer.ts';
import { GuardedSourceReader } from './reading/guarded-source-reader.ts';
import { KubeSourceReader } from './reading/kube-source-reader.ts';
import { SourceReader } from './reading/source-reader.ts';

/** Of the ports that only one can have: what an extension provides, else what the core has. */
@Injectable()
export class ChosenPorts implements OnModuleInit {
  /** Known once the modules are initialized. */
  reader: SourceReader;
  /** Known once the modules are initialized. */
  writer: AggregateWriter;

  constructor(
    reader: KubeSourceReader,
    writer: KubeAggregateWriter,
    private readonly ports: Ports,
    private readonly faults: ExtensionFaults,
    private readonly settings: Settings,
    @Inject(WRITES) private readonly writes: boolean,
  ) {
    this.reader = reader;
    this.writer = writer;
  }

  /** @throws PortTakenError */
  onModuleInit(): void {
    const reader = this.ports.one(SourceReader);
    if (reader) this.reader = new GuardedSourceReader(reader, this.faults, this.settings.readTimeoutMs);
    const writer = this.ports.one(AggregateWriter);
    if (!this.writes) this.writer = new IdleAggregateWriter();
    else if (writer) this.writer = new GuardedAggregateWriter(writer, this.faults);
  }
}
