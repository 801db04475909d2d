import type { ComponentChildren } from 'preact';
import { binarySize, counted, nameOf, reasonText, titleOf, visible } from '../model/text.ts';
import type { Summary } from '../model/wire.ts';
import { Ago } from './time.tsx';

/** The aggregate, the registry, and the exporter itself. */
export function Facts({ summary, now }: { summary: Summary; now: number }) {
  const { aggregate, registry, registries = [], extensions = [], leadership, version } = summary;
  const { election } = leadership;
  return (
    <>
      {leadership.role !== 'standby' && <AggregateFacts aggregate={aggregate} now={now} />}
      <section class="card" aria-labelledby="exporter">
        <h2 id="exporter">Exporter</h2>
        <dl>
          <Fact name="This replica">
            {titleOf(leadership.role)}, for <Ago time={leadership.since} now={now} />
          </Fact>
          {election ? (
            <>
              <Fact name="Named">{visible(election.identity)}</Fact>
              <Fact name="Leader">{election.holder === '' ? 'nobody' : visible(election.holder)}</Fact>
            </>
          ) : (
            <Fact name="Election">none, one replica alone</Fact>
          )}
          <Fact name="Registry">
            {nameOf(registry.secret)}, {counted(registry.entries, 'entry', 'entries')}
          </Fact>
          {registries.map(({ name, state, entries }) => (
            <Fact key={name} name="Registry">
              {visible(name)},{' '}
              {state === 'present' ? counted(entries, 'entry', 'entries') : reasonText(state)}
            </Fact>
          ))}
          {extensions.length > 0 && (
            <Fact name="Extensions">{extensions.map(({ name }) => visible(name)).join(', ')}</Fact>
          )}
          <Fact name="Version">{version}</Fact>
        </dl>
      </section>
    </>
  );
}

function AggregateFacts({ aggregate, now }: { aggregate: Summary['aggregate']; now: number }) {
  return (
    <section class="card" aria-labelledby="aggregate">
      <h2 id="aggregate">Aggregate</h2>
      <Meter label="Content" used={aggregate.bytes} limit={aggregate.limitBytes} />
      <Meter label="As etcd stores it" used={aggregate.storedBytes} limit={aggregate.storedLimitBytes} />
      <dl>
        <Fact name="State">{titleOf(aggregate.state)}</Fact>
        <Fact name="Keys">{aggregate.keys.toLocaleString('en')}</Fact>
        <Fact name="Secret">{nameOf(aggregate.secret)}</Fact>
        <Fact name="Last written">
          {aggregate.lastWrite === undefined ? (
            '–'
          ) : (
            <Ago time={aggregate.lastWrite} now={now} suffix=" ago" />
          )}
        </Fact>
      </dl>
    </section>
  );
}

/** A row in a list of facts. */
export function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Meter({ label, used, limit }: { label: string; used: number; limit: number }) {
  const share = limit === 0 ? 0 : used / limit;
  const full = share > 0.95 ? 'full' : share > 0.8 ? 'nearly' : '';
  return (
    <div class="meter">
      <span>{label}</span>
      <span class="quiet">
        {binarySize(used)} of {binarySize(limit)}
      </span>
      <div class="track" aria-hidden="true">
        <span class={full} style={{ width: `${Math.min(100, share * 100)}%` }} />
      </div>
    </div>
  );
}
