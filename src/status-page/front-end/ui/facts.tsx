import type { ComponentChildren } from 'preact';
import { binarySize, counted, nameOf, reasonText, titleOf, visible } from '../model/text.ts';
import type { Summary } from '../model/wire.ts';
import { Ago } from './time.tsx';

type RegistryFacts = Pick<Summary['registry'], 'state' | 'entries' | 'rejected' | 'watch'>;

/** The aggregate, the registries, the outputs, and the exporter itself. */
export function Facts({ summary, now }: { summary: Summary; now: number }) {
  const {
    aggregate,
    registry,
    registries = [],
    outputs = [],
    extensions = [],
    leadership,
    version,
  } = summary;
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
          {extensions.length > 0 && (
            <Fact name="Extensions">{extensions.map(({ name }) => visible(name)).join(', ')}</Fact>
          )}
          <Fact name="Version">{version}</Fact>
        </dl>
      </section>
      <section class="card" aria-labelledby="registries">
        <h2 id="registries">{registries.length > 0 ? 'Registries' : 'Registry'}</h2>
        <dl>
          <RegistryFact name={nameOf(registry.secret)} registry={registry} />
          {registries.map((each) => (
            <RegistryFact key={each.name} name={visible(each.name)} registry={each} />
          ))}
        </dl>
      </section>
      {leadership.role !== 'standby' && outputs.length > 0 && (
        <section class="card" aria-labelledby="outputs">
          <h2 id="outputs">Outputs</h2>
          <dl>
            {outputs.map(({ name, state, wanted, applied }) => (
              <Fact key={name} name={visible(name)}>
                {titleOf(state)}, {applied.toLocaleString('en')} of {counted(wanted, 'object')}
              </Fact>
            ))}
          </dl>
        </section>
      )}
    </>
  );
}

/** How many entries a registry has, and what is wrong with it or its watch. */
function RegistryFact({ name, registry }: { name: string; registry: RegistryFacts }) {
  const { state, entries, rejected, watch } = registry;
  return (
    <Fact name={name}>
      {state === 'present' ? counted(entries, 'entry', 'entries') : reasonText(state)}
      {rejected > 0 && `, ${rejected.toLocaleString('en')} rejected`}
      {!watch.connected && ', not watched'}
    </Fact>
  );
}

function AggregateFacts({ aggregate, now }: { aggregate: Summary['aggregate']; now: number }) {
  const { parts = [] } = aggregate;
  return (
    <section class="card" aria-labelledby="aggregate">
      <h2 id="aggregate">Aggregate</h2>
      <Meter label="Content" used={aggregate.bytes} limit={aggregate.limitBytes} />
      <Meter label="As etcd stores it" used={aggregate.storedBytes} limit={aggregate.storedLimitBytes} />
      {parts.map(({ secret, keys, bytes }) => (
        <Meter
          key={secret.name}
          label={`${visible(secret.name)}, ${counted(keys, 'key')}`}
          used={bytes}
          limit={aggregate.limitBytes / parts.length}
        />
      ))}
      <dl>
        <Fact name="State">{titleOf(aggregate.state)}</Fact>
        <Fact name="Keys">{aggregate.keys.toLocaleString('en')}</Fact>
        <Fact name={parts.length > 0 ? 'First part' : 'Secret'}>{nameOf(aggregate.secret)}</Fact>
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
