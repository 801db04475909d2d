import { clockTime, duration } from '../model/text.ts';

/** How long ago something was. @param props.now by the exporter's clock, in milliseconds since the epoch */
export function Ago({ time, now, suffix = '' }: { time: string | number; now: number; suffix?: string }) {
  const moment = new Date(time);
  return (
    <time dateTime={moment.toISOString()} title={moment.toLocaleString('en-GB')}>
      {duration(now - moment.getTime())}
      {suffix}
    </time>
  );
}

/** At what time of day something was. */
export function At({ time, now }: { time: string; now: number }) {
  const moment = new Date(time);
  return (
    <time dateTime={moment.toISOString()} title={moment.toLocaleString('en-GB')}>
      {clockTime(moment.getTime(), now)}
    </time>
  );
}
