import { init, type SeriesOption } from 'echarts';
import type { Report } from './report.ts';

const WIDTH = 860;
const HEIGHT = 340;

/** Propagation and memory against the number of clusters, as an SVG. Only what was measured is drawn. */
export function plot(report: Report): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT });
  const axis = { type: 'value' as const, name: 'clusters', nameLocation: 'middle' as const, nameGap: 28 };
  chart.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    title: [
      { text: 'From a change to the aggregate, ms', left: 20, textStyle: { fontSize: 14 } },
      { text: 'Resident memory, MiB', left: WIDTH / 2 + 20, textStyle: { fontSize: 14 } },
    ],
    grid: [
      { left: 50, right: WIDTH / 2 + 20, top: 80, bottom: 50 },
      { left: WIDTH / 2 + 50, right: 30, top: 80, bottom: 50 },
    ],
    legend: [
      { left: 20, top: 28, data: ['p50', 'p99', 'p99, a tenth at once'] },
      { left: WIDTH / 2 + 20, top: 28, data: ['once synced', 'after changes', 'after rotations'] },
    ],
    xAxis: [axis, { ...axis, gridIndex: 1 }],
    yAxis: [{ type: 'value' }, { type: 'value', gridIndex: 1 }],
    series: [
      line(report, 'p50', 'propagation', 'one change, p50', 0),
      line(report, 'p99', 'propagation', 'one change, p99', 0),
      line(report, 'p99, a tenth at once', 'propagation', '10% at once, p99', 0),
      line(report, 'once synced', 'memory', 'once synced, MiB', 1),
      line(report, 'after changes', 'memory', "after an hour's worth of changes, MiB", 1),
      line(report, 'after rotations', 'rotation', 'after 1,000 rotations, MiB', 1),
    ],
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

function line(report: Report, name: string, scenario: string, figure: string, axis: 0 | 1): SeriesOption {
  return {
    name,
    type: 'line',
    xAxisIndex: axis,
    yAxisIndex: axis,
    data: report.results
      .filter((result) => result.scenario === scenario)
      .map(({ clusters, figures }) => [clusters, figures[figure] ?? Number.NaN]),
  };
}
